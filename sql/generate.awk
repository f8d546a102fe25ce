# Turns named SQL blocks into sql_ids.h (enum sql_id) and sql_text.c (their texts), and the files of
# sql/migrations/ into the list of migrations, in order of name.
#
# A block starts with "-- name: x" and ends at the next block or the end of the file; other comment
# lines are dropped. "-- scan-ok: reason" marks a block whose query plan may scan a growing table.
# "-- fragment: x" starts text that later blocks and fragments take in with a line "--+ x".

function quote(line) {
    gsub(/\\/, "\\\\", line); gsub(/"/, "\\\"", line)
    return "    \"" line "\\n\"\n"
}
FNR == 1 {
    migration = FILENAME ~ /\/migrations\//
    current = 0; in_fragment = ""
    if (migration) {
        n = split(FILENAME, part, "/")
        migrations++
        migration_name[migrations] = part[n]
    }
}
migration { migration_text[migrations] = migration_text[migrations] quote($0); next }
/^-- name: / {
    if ($3 in seen) { print FILENAME ": block " $3 " stands twice" > "/dev/stderr"; failed = 1 }
    seen[$3] = 1
    blocks++; current = blocks; name[blocks] = $3; in_fragment = ""; next
}
/^-- fragment: / { in_fragment = $3; current = 0; fragment[$3] = ""; next }
/^--\+ / {
    if (!($2 in fragment)) { print FILENAME ": no fragment " $2 > "/dev/stderr"; failed = 1 }
    if (in_fragment) fragment[in_fragment] = fragment[in_fragment] fragment[$2]
    else body[current] = body[current] fragment[$2]
    next
}
/^-- scan-ok:/ { scan[current] = 1; next }
/^--/ || /^[ \t]*$/ { next }
in_fragment { fragment[in_fragment] = fragment[in_fragment] quote($0); next }
current { body[current] = body[current] quote($0) }
END {
    if (failed) exit 1
    print "/* made by sql/generate.awk */\n#ifndef ZOE_SQL_IDS_H\n#define ZOE_SQL_IDS_H\n#include <stdbool.h>\nenum sql_id {" > ids
    for (i = 1; i <= blocks; i++) printf "    SQL_%s,\n", toupper(name[i]) > ids
    print "    SQL_COUNT\n};" > ids
    print "struct sql_block { const char *name, *text; bool scan_ok; };" > ids
    print "struct sql_migration { const char *name, *text; };" > ids
    print "extern const struct sql_block sql_blocks[SQL_COUNT + 1];" > ids
    print "extern const struct sql_migration sql_migrations[];" > ids
    print "extern const int sql_migration_count;\n#endif" > ids
    print "/* made by sql/generate.awk */\n#include \"sql_ids.h\"\nconst struct sql_block sql_blocks[SQL_COUNT + 1] = {" > text
    for (i = 1; i <= blocks; i++)
        printf "    [SQL_%s] = {\"%s\",\n%s    , %s},\n", toupper(name[i]), name[i], body[i], (i in scan) ? "true" : "false" > text
    print "};\nconst struct sql_migration sql_migrations[] = {" > text
    for (i = 1; i <= migrations; i++) printf "    {\"%s\",\n%s},\n", migration_name[i], migration_text[i] > text
    print "    {0, 0}};\nconst int sql_migration_count = " migrations + 0 ";" > text
}
