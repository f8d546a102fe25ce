/* labels.c — see labels.h. */
#include "server/view/labels.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const categories[] = {
    NULL,      "Music",     "Films",         "Vehicles",
    "Art",     "Sports",    "Travels",       "Gaming",
    "People",  "Comedy",    "Entertainment", "News & Politics",
    "How To",  "Education", "Activism",      "Science & Technology",
    "Animals", "Kids",      "Food",
};
static const char *const licences[] = {
    NULL,
    "Attribution",
    "Attribution - Share Alike",
    "Attribution - No Derivatives",
    "Attribution - Non Commercial",
    "Attribution - Non Commercial - Share Alike",
    "Attribution - Non Commercial - No Derivatives",
    "Public Domain Dedication",
    "Free of known copyright restrictions",
    "All Rights Reserved",
};
static const char *const privacies[] = {
    NULL, "Public", "Unlisted", "Private", "Internal", "Password protected",
};
static const char *const states[] = {
    NULL,
    "Published",
    "To transcode",
    "To import",
    "Waiting for livestream",
    "Livestream ended",
    "To move to an external storage",
    "Transcoding failed",
    "External storage move failed",
    "To edit",
    "To move to file system",
    "Move to file system failed",
    "Import failed",
};
static const char *const comments_policies[] = {NULL, "Enabled", "Disabled",
                                                "Requires approval"};
static const char *const roles[] = {"Administrator", "Moderator", "User"};
static const char *const embed_policies[] = {
    NULL,
    "All allowed",
    "Allowlist",
    "Remote restrictions",
};

#define SET(list)                        \
    {                                    \
        list, sizeof list / sizeof *list \
    }
static const struct {
    const char *const *labels;
    size_t count;
} sets[] = {
    [LABEL_CATEGORY] = SET(categories),
    [LABEL_LICENCE] = SET(licences),
    [LABEL_PRIVACY] = SET(privacies),
    [LABEL_STATE] = SET(states),
    [LABEL_COMMENTS_POLICY] = SET(comments_policies),
    [LABEL_ROLE] = SET(roles),
    [LABEL_EMBED_POLICY] = SET(embed_policies),
};

static const struct language {
    const char *code, *label;
} languages[] = {
    {"aa", "Afar"},
    {"ab", "Abkhazian"},
    {"af", "Afrikaans"},
    {"ak", "Akan"},
    {"am", "Amharic"},
    {"ar", "Arabic"},
    {"an", "Aragonese"},
    {"ase", "American Sign Language"},
    {"as", "Assamese"},
    {"asq", "Austrian Sign Language"},
    {"av", "Avaric"},
    {"avk", "Kotava"},
    {"ay", "Aymara"},
    {"az", "Azerbaijani"},
    {"ba", "Bashkir"},
    {"bm", "Bambara"},
    {"be", "Belarusian"},
    {"bn", "Bengali"},
    {"bfi", "British Sign Language"},
    {"bi", "Bislama"},
    {"bo", "Tibetan"},
    {"bs", "Bosnian"},
    {"br", "Breton"},
    {"bg", "Bulgarian"},
    {"bzs", "Brazilian Sign Language"},
    {"ca", "Catalan"},
    {"cs", "Czech"},
    {"ch", "Chamorro"},
    {"ce", "Chechen"},
    {"cv", "Chuvash"},
    {"kw", "Cornish"},
    {"co", "Corsican"},
    {"cr", "Cree"},
    {"cse", "Czech Sign Language"},
    {"csl", "Chinese Sign Language"},
    {"cy", "Welsh"},
    {"da", "Danish"},
    {"de", "German"},
    {"dv", "Dhivehi"},
    {"dsl", "Danish Sign Language"},
    {"dz", "Dzongkha"},
    {"el", "Greek"},
    {"en", "English"},
    {"eo", "Esperanto"},
    {"et", "Estonian"},
    {"eu", "Basque"},
    {"ee", "Ewe"},
    {"fo", "Faroese"},
    {"fa", "Persian"},
    {"fj", "Fijian"},
    {"fi", "Finnish"},
    {"fr", "French"},
    {"fy", "Western Frisian"},
    {"fse", "Finnish Sign Language"},
    {"fsl", "French Sign Language"},
    {"ff", "Fulah"},
    {"gcf", "Guadeloupean Creole French"},
    {"gd", "Scottish Gaelic"},
    {"ga", "Irish"},
    {"gl", "Galician"},
    {"gv", "Manx"},
    {"gn", "Guarani"},
    {"gsg", "German Sign Language"},
    {"gsw", "Swiss German"},
    {"gu", "Gujarati"},
    {"ht", "Haitian"},
    {"ha", "Hausa"},
    {"sh", "Serbo-Croatian"},
    {"he", "Hebrew"},
    {"hz", "Herero"},
    {"hi", "Hindi"},
    {"ho", "Hiri Motu"},
    {"hr", "Croatian"},
    {"hu", "Hungarian"},
    {"hy", "Armenian"},
    {"ig", "Igbo"},
    {"ii", "Sichuan Yi"},
    {"iu", "Inuktitut"},
    {"id", "Indonesian"},
    {"ik", "Inupiaq"},
    {"is", "Icelandic"},
    {"it", "Italian"},
    {"jv", "Javanese"},
    {"jbo", "Lojban"},
    {"ja", "Japanese"},
    {"jsl", "Japanese Sign Language"},
    {"kab", "Kabyle"},
    {"kl", "Kalaallisut"},
    {"kn", "Kannada"},
    {"ks", "Kashmiri"},
    {"ka", "Georgian"},
    {"kr", "Kanuri"},
    {"kk", "Kazakh"},
    {"km", "Khmer"},
    {"ki", "Kikuyu"},
    {"rw", "Kinyarwanda"},
    {"ky", "Kirghiz"},
    {"kv", "Komi"},
    {"kg", "Kongo"},
    {"ko", "Korean"},
    {"kj", "Kuanyama"},
    {"ku", "Kurdish"},
    {"lo", "Lao"},
    {"la", "Latin"},
    {"lv", "Latvian"},
    {"li", "Limburgan"},
    {"ln", "Lingala"},
    {"lt", "Lithuanian"},
    {"lb", "Luxembourgish"},
    {"lu", "Luba-Katanga"},
    {"lg", "Ganda"},
    {"mh", "Marshallese"},
    {"ml", "Malayalam"},
    {"mr", "Marathi"},
    {"mk", "Macedonian"},
    {"mg", "Malagasy"},
    {"mt", "Maltese"},
    {"mn", "Mongolian"},
    {"mi", "Maori"},
    {"ms", "Malay (macrolanguage)"},
    {"my", "Burmese"},
    {"na", "Nauru"},
    {"nv", "Navajo"},
    {"nr", "South Ndebele"},
    {"nd", "North Ndebele"},
    {"ng", "Ndonga"},
    {"ne", "Nepali (macrolanguage)"},
    {"nl", "Dutch"},
    {"nn", "Norwegian Nynorsk"},
    {"nb", "Norwegian Bokmål"},
    {"no", "Norwegian"},
    {"ny", "Nyanja"},
    {"oc", "Occitan"},
    {"oj", "Ojibwa"},
    {"or", "Oriya (macrolanguage)"},
    {"om", "Oromo"},
    {"os", "Ossetian"},
    {"pa", "Panjabi"},
    {"pks", "Pakistan Sign Language"},
    {"pl", "Polish"},
    {"pt", "Portuguese (Brazilian)"},
    {"ps", "Pushto"},
    {"qu", "Quechua"},
    {"rm", "Romansh"},
    {"ro", "Romanian"},
    {"rsl", "Russian Sign Language"},
    {"rn", "Rundi"},
    {"ru", "Russian"},
    {"sg", "Sango"},
    {"sdl", "Saudi Arabian Sign Language"},
    {"sfs", "South African Sign Language"},
    {"si", "Sinhala"},
    {"sk", "Slovak"},
    {"sl", "Slovenian"},
    {"se", "Northern Sami"},
    {"sm", "Samoan"},
    {"sn", "Shona"},
    {"sd", "Sindhi"},
    {"so", "Somali"},
    {"st", "Southern Sotho"},
    {"es", "Spanish (Spain)"},
    {"sq", "Albanian"},
    {"sc", "Sardinian"},
    {"sr", "Serbian"},
    {"ss", "Swati"},
    {"su", "Sundanese"},
    {"sw", "Swahili (macrolanguage)"},
    {"sv", "Swedish"},
    {"swl", "Swedish Sign Language"},
    {"ty", "Tahitian"},
    {"ta", "Tamil"},
    {"tt", "Tatar"},
    {"te", "Telugu"},
    {"tg", "Tajik"},
    {"tl", "Tagalog"},
    {"th", "Thai"},
    {"ti", "Tigrinya"},
    {"tlh", "Klingon"},
    {"to", "Tonga (Tonga Islands)"},
    {"tn", "Tswana"},
    {"ts", "Tsonga"},
    {"tk", "Turkmen"},
    {"tr", "Turkish"},
    {"tw", "Twi"},
    {"ug", "Uighur"},
    {"uk", "Ukrainian"},
    {"ur", "Urdu"},
    {"uz", "Uzbek"},
    {"ve", "Venda"},
    {"vi", "Vietnamese"},
    {"wa", "Walloon"},
    {"wo", "Wolof"},
    {"xh", "Xhosa"},
    {"yi", "Yiddish"},
    {"yo", "Yoruba"},
    {"za", "Zhuang"},
    {"zh", "Chinese"},
    {"zu", "Zulu"},
    {"zxx", "No linguistic content"},
    {"tok", "Toki Pona"},
    {"pt-PT", "Portuguese (Portugal)"},
    {"es-419", "Spanish (Latin America)"},
    {"zh-Hans", "Simplified Chinese"},
    {"zh-Hant", "Traditional Chinese"},
    {"ca-valencia", "Valencian"},
    {"rcf", "Réunion Creole French"},
    {"gcr", "Guianese Creole French"},
};
enum { LANGUAGE_COUNT = sizeof languages / sizeof *languages };

/* Nobody can read subtitles in these. */
static const char *const not_written[] = {
    "ase", "asq", "sdl", "bfi", "bzs", "csl", "cse", "dsl", "fsl", "gsg",
    "pks", "jsl", "sfs", "swl", "rsl", "fse", "sgn", "zxx", NULL,
};

const char *label_text(enum label_set set, int64_t id)
{
    return id >= 0 && (size_t)id < sets[set].count ? sets[set].labels[id] : NULL;
}

static const struct language *language_of(const char *code)
{
    for (int i = 0; code && i < LANGUAGE_COUNT; i++)
        if (strcmp(languages[i].code, code) == 0)
            return &languages[i];
    return NULL;
}

const char *language_text(const char *code)
{
    const struct language *l = language_of(code);
    return l ? l->label : NULL;
}

const char *language_code(const char *code)
{
    const struct language *l = language_of(code);
    return l ? l->code : NULL;
}

json_t *label_json(enum label_set set, int64_t id)
{
    const char *label = label_text(set, id);
    if (!label)
        return json_pack("{s:n, s:s}", "id", "label", "Unknown");
    return json_pack("{s:I, s:s}", "id", (json_int_t)id, "label", label);
}

json_t *language_json(const char *code)
{
    const char *label = language_text(code);
    return json_pack("{s:s?, s:s}", "id", label ? code : NULL, "label",
                     label ? label : "Unknown");
}

json_t *label_map_json(enum label_set set)
{
    json_t *map = json_object();
    for (size_t i = 0; i < sets[set].count; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        if (sets[set].labels[i])
            json_object_set_new(map, key, json_string(sets[set].labels[i]));
    }
    return map;
}

bool language_is_written(const char *code)
{
    for (int i = 0; not_written[i]; i++)
        if (strcmp(not_written[i], code) == 0)
            return false;
    return true;
}

json_t *language_map_json(bool for_subtitles)
{
    json_t *map = json_object();
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        if (!for_subtitles || language_is_written(languages[i].code))
            json_object_set_new(map, languages[i].code, json_string(languages[i].label));
    return map;
}
