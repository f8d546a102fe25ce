# awk -f layers.awk layers.txt $(find base server transcoder -name '*.[ch]'): every include that the
# table does not allow, one a line; exit 1 when there is one.

function folder_of(path,    n, part) {
    n = split(path, part, "/")
    if (n == 1) return path
    if (n == 2) return part[1]
    return part[1] "/" part[2]
}
FILENAME ~ /layers\.txt$/ {
    if ($0 ~ /^#/ || NF < 2) next
    known[$1] = 1
    for (i = 2; i <= NF; i++) {
        sub(/:shapes$/, "", $i)
        allowed[$1, $i] = 1
    }
    next
}
/^#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    target = quoted[2]
    from = folder_of(FILENAME); to = folder_of(target)
    if (!(from in known)) { print FILENAME ": folder " from " is not in tests/lint/layers.txt"; bad = 1; next }
    if (from == to || (from, to) in allowed || (from, target) in allowed) next
    if (from == "server" && to ~ /^server\//) next # main, app and routes tie everything together
    print FILENAME ":" FNR ": " from " may not include " target
    bad = 1
}
# What only one place may know.
/^#[ \t]*include[ \t]*<libav|^#[ \t]*include[ \t]*<libsw/ { only(FILENAME ~ /^transcoder\//, "libav stays in transcoder/") }
/^#[ \t]*include[ \t]*<sqlite3\.h>/    { only(FILENAME ~ /^server\/db\//, "SQLite stays in server/db/") }
/^#[ \t]*include[ \t]*<microhttpd\.h>/ { only(FILENAME ~ /^server\/http\//, "libmicrohttpd stays in server/http/") }
/^#[ \t]*include[ \t]*<jansson\.h>/    { only(FILENAME !~ /^server\/db\//, "db/ knows no JSON") }
function only(holds, why) {
    if (holds) return
    print FILENAME ":" FNR ": " why
    bad = 1
}
END { exit bad }
