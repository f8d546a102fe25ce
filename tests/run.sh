#!/bin/bash
# Runs the tests and counts them. `make test` calls it: tests/run.sh [T] [K]
#
# Everything runs against binaries with the address and undefined-behaviour sanitizers; then what
# threads share runs again under the thread sanitizer. The last line is the counts alone, and above
# it stands what failed, in short: whoever sees only the end of a long run sees that. Whole logs are
# in build/test-logs.
set -u
cd "$(dirname "$0")/.."
only=${1:-}
export K=${2:-}
make=${MAKE:-make}
logs=build/test-logs
rm -rf $logs
mkdir -p $logs
passed=0 failed=0 skipped=0 failures=

export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1:exitcode=66}
node_folder=$(packaging/node.sh) && export PATH="$node_folder:$PATH"

log_of() { echo "$logs/${1//\//-}.log"; }

# run NAME COMMAND...: its output goes to the log; its end beside it, when it is there.
run() {
    local log started=$SECONDS
    log=$(log_of "$1")
    "${@:2}" >"$log" 2>&1 </dev/null
    echo "$? $((SECONDS - started))" >"$log.part"
    mv "$log.part" "$log.end"
}

# tell NAME: counts the TAP lines at the outermost level of a suite that has ended.
tell() {
    local name=$1 log rc seconds ok not_ok skip
    log=$(log_of "$1")
    read -r rc seconds <"$log.end"
    ok=$(grep -cE '^ok ' "$log")
    skip=$(grep -ciE '^ok .*# skip' "$log")
    not_ok=$(grep -cE '^not ok ' "$log")
    if grep -qE '^# tests [0-9]+$' "$log"; then # node's own totals also count tests inside tests
        ok=$(sed -nE 's/^# pass ([0-9]+)$/\1/p' "$log" | tail -n 1)
        skip=$(sed -nE 's/^# skipped ([0-9]+)$/\1/p' "$log" | tail -n 1)
        not_ok=$(($(sed -nE 's/^# fail ([0-9]+)$/\1/p' "$log" | tail -n 1) +
                  $(sed -nE 's/^# cancelled ([0-9]+)$/\1/p' "$log" | tail -n 1)))
    else
        ok=$((ok - skip))
    fi
    # A crash, a sanitizer report at exit, a build that failed: one failure more than was counted.
    [ "$rc" -ne 0 ] && [ "$not_ok" -eq 0 ] && not_ok=1
    passed=$((passed + ok)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
    printf '%-34s %4d passed' "$name" "$ok"
    [ "$not_ok" -eq 0 ] || printf ', %d FAILED' "$not_ok"
    [ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
    printf '   %d s\n' "$seconds"
    if [ "$not_ok" -ne 0 ]; then
        local what='^ *not ok |Sanitizer|runtime error|error:|Error:'
        failures+="FAILED $name, exit code $rc:"$'\n'
        failures+=$(grep -hE -A1 "$what" "$log" | grep -vE '^ *(--|duration_ms:.*|---)$' | head -n 8 | cut -c1-160)$'\n'
        grep -nE "$what" "$log" | head -n 20 | sed 's/^/    /'
        echo "    --- the end of $log:"
        tail -n 40 "$log" | sed 's/^/    /'
    fi
}

suite() { # NAME COMMAND...
    run "$@"
    tell "$1"
}

# told_as_they_end NAME...: of suites that run in the background.
told_as_they_end() {
    local waiting="$*" name left
    while [ -n "$waiting" ]; do
        left=
        for name in $waiting; do
            if [ -e "$(log_of "$name").end" ]; then tell "$name"; else left="$left $name"; fi
        done
        waiting=${left# }
        [ -z "$waiting" ] || sleep 0.3
    done
}

wanted() { [ -z "$only" ] || [[ "$1" == $only ]]; }

build() { # NAME TARGETS...: one failure when it does not build
    local name=$1
    shift
    $make --no-print-directory "$@" >"$logs/build-$name.log" 2>&1 </dev/null && return
    echo "the build of $name failed:"
    grep -E 'error|Error|undefined' "$logs/build-$name.log" | head -n 30 | sed 's/^/    /'
    failures+="FAILED the build of $name"$'\n'
    failed=$((failed + 1))
    return 1
}

# The node tests of these folders, one after the other.
node_suites() { # FOLDER...
    local folder file name
    for folder in "$@"; do
        for file in tests/$folder/*.test.mjs; do
            name=$(basename "$file" .test.mjs)
            if [ -e "$file" ] && wanted "$name"; then echo "$folder/$name"; fi
        done
    done
}
lane() { # NAME...
    local name
    for name in "$@"; do
        run "$name" timeout -k 10 "${SUITE_TIMEOUT:-900}" node --test --test-reporter=tap \
            ${K:+--test-name-pattern="$K"} "tests/$name.test.mjs"
    done
}

# All of one kind at once keeps every core busy; what does not build is told of where it is run.
at_once() { # SAN TARGETS...
    [ -n "$only" ] || $make --no-print-directory -k SAN="$1" "${@:2}" >/dev/null 2>&1 </dev/null
}

# --- built with address and undefined-behaviour sanitizers
at_once address programs units
if build sanitized SAN=address programs; then
    export ZOETROPE_BIN=$PWD/build/asan/zoetrope
    export ZOETROPE_TRANSCODER_BIN=$PWD/build/asan/zoetrope-transcoder
    programs=yes
else
    programs=
fi
build web web

for source in tests/unit/*.c; do
    name=$(basename "$source" .c)
    wanted "$name" || continue
    if build "$name" SAN=address "build/asan/tests/$name"; then
        suite "unit/$name" env CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 300 "build/asan/tests/$name"
    fi
done

if wanted fedify || wanted documents; then # they need an npm package
    build fedify tests/node_modules/.package-lock.json
fi
if [ -n "$programs" ]; then # some wait much, others compute much: side by side
    waiters=$(node_suites api federation browser) workers=$(node_suites media crash)
    trap 'kill $(jobs -p) 2>/dev/null' EXIT
    lane $waiters &
    lane $workers &
    told_as_they_end $waiters $workers
    wait
fi

if [ -e web/test/run.mjs ] && wanted web; then
    suite web/functions npm --prefix web test --silent
fi

# --- what threads share, under the thread sanitizer
threaded=$(ls tests/unit/db_*.c tests/unit/http_*.c tests/unit/jobs_*.c tests/unit/ap_deliver.c | xargs -n1 basename -s .c)
at_once thread $(printf 'build/tsan/tests/%s ' $threaded)
for name in $threaded; do
    wanted "$name" || continue
    if build "threads-$name" SAN=thread "build/tsan/tests/$name"; then
        suite "threads/$name" env CMOCKA_MESSAGE_OUTPUT=TAP timeout -k 5 300 "build/tsan/tests/$name"
    fi
done

# --- fuzzers: a short run each, from the committed corpus if there is one
fuzz() {
    local name=$1 work=build/fuzz/corpus/$1 seeds=tests/fuzz/corpus/$1
    mkdir -p "$work"
    "build/fuzz/tests/fuzz_$name" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$logs/$name-" "$work" $([ -d "$seeds" ] && echo "$seeds") &&
        echo "ok 1 - $name"
}
if command -v clang >/dev/null; then
    at_once fuzz fuzzers
    fuzzers=
    for source in tests/fuzz/*.c; do
        name=$(basename "$source" .c)
        wanted "fuzz_$name" || wanted "$name" || continue
        build "fuzz_$name" SAN=fuzz "build/fuzz/tests/fuzz_$name" || continue
        fuzzers="$fuzzers fuzz/$name"
        while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
        run "fuzz/$name" fuzz "$name" &
    done
    told_as_they_end $fuzzers
    wait
fi

[ $((passed + failed + skipped)) -gt 0 ] || { echo "no test is called $only"; failed=1; }
echo
printf '%s' "$failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
