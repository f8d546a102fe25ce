#!/bin/bash
# Everything that can be judged without running it. `make lint` calls it; each check is one line.
set -u
cd "$(dirname "$0")/../.."
make=${MAKE:-make}
cores=$(nproc)
passed=0 failed=0

check() { # NAME COMMAND...
    local name=$1 started=$SECONDS log
    log=$(mktemp)
    shift
    if "$@" >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        printf 'ok      %-28s %d s\n' "$name" $((SECONDS - started))
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$name"
        grep -vE '^  (CC|LINK) ' "$log" | head -n 40 | sed 's/^/    /'
    fi
    rm -f "$log"
}

sources=$(find base server transcoder -name '*.c' | sort)
headers=$(find base server transcoder -name '*.h' | sort)
tests=$(find tests/unit tests/fuzz tests/bench -name '*.[ch]' | sort)

formatted() {
    local file bad=0
    for file in $(clang-format --dry-run $sources $headers $tests 2>&1 |
                  sed -nE 's/^([a-z0-9_/.]+):[0-9]+:.*/\1/p' | sort -u); do
        echo "$file"
        bad=1
    done
    return $bad
}

layers() { awk -f tests/lint/layers.awk tests/lint/layers.txt $sources $headers; }

# SQL stands in sql/. The few words that are no queries (BEGIN, PRAGMA, VACUUM INTO) live in db/.
no_sql_in_c() {
    ! grep -nE '"[^"]*\b(SELECT .*|SELECT$|INSERT (OR [A-Z]+ )?INTO|REPLACE INTO|UPDATE [a-z_]+ SET|DELETE FROM|CREATE (TABLE|INDEX|TRIGGER)|ALTER TABLE|DROP TABLE)\b' \
        $sources $headers
}

# Each block of sql/ is used by some C file, and a thin function binds every parameter by name.
no_unused_sql() {
    local bad=0 name
    for name in $(sed -n 's/^-- name: *//p' sql/*.sql | tr a-z A-Z); do
        grep -qw "SQL_$name" $sources || { echo "sql block $name is used nowhere"; bad=1; }
    done
    return $bad
}

static_checks() {
    cppcheck --quiet --std=c11 --library=tests/lint/cppcheck.xml \
        --enable=warning,portability,performance --inline-suppr \
        --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
        --suppress=memleak --suppress=uninitStructMember --suppress=varFuncNullUB -I. -Ibuild/gen -j"$cores" \
        --error-exitcode=1 --template='{file}:{line}: {message} [{id}]' base server transcoder
}

tidy() {
    printf '%s\n' $sources | xargs -P"$cores" -n6 sh -c \
        'clang-tidy --quiet "$@" -- -std=gnu17 -I. -Ibuild/gen -D_GNU_SOURCE \
             "-DZOE_VERSION=\"0\"" "-DZOE_SHARE=\"x\"" 2>&1 | grep -E "error:|warning:"; test $? -eq 1' _
}

shell_syntax() {
    local file bad=0
    for file in packaging/*.sh tests/run.sh tests/lint/*.sh .ci/run; do
        bash -n "$file" || bad=1
        [ -x "$file" ] || { echo "$file is not executable"; bad=1; }
    done
    return $bad
}

node_syntax() {
    local file bad=0
    for file in $(find tests -name node_modules -prune -o -name '*.mjs' -print); do
        node --check "$file" || bad=1
    done
    return $bad
}

web_types() {
    $make --no-print-directory web/node_modules/.package-lock.json && cd web && npm run --silent check
}

node_folder=$(packaging/node.sh) && export PATH="$node_folder:$PATH"

check "builds without a warning" $make --no-print-directory -k programs units
check "headers compile alone" $make --no-print-directory headers
check "who includes whom" layers
check "format (make format)" formatted
check "no SQL in C" no_sql_in_c
check "no SQL without use" no_unused_sql
check "cppcheck" static_checks
check "clang-tidy" tidy
check "shell scripts" shell_syntax
check "test scripts" node_syntax
[ -e web/tsconfig.json ] && check "web types" web_types

echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
