#!/bin/sh
# Prints the folder of a Node.js that builds the web client (>= 20.19): the system's when it is new
# enough, else one from npm below build/node, installed on first use.
set -eu
cd "$(dirname "$0")/.."

new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
             process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

system=$(command -v node || true)
if [ -n "$system" ] && new_enough "$system"; then
    dirname "$system"
    exit
fi
own=build/node/node_modules/node/bin
if ! new_enough "$own/node"; then
    echo "Node.js is older than 20.19 or absent: getting one into build/node" >&2
    mkdir -p build/node
    echo '{"private": true}' > build/node/package.json
    (cd build/node && npm install --silent --no-audit --no-fund node@22 >&2)
fi
new_enough "$own/node" || { echo "no working Node.js >= 20.19" >&2; exit 1; }
echo "$PWD/$own"
