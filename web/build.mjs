// Bundles the client into OUT (default ../build/web): OUT/assets/NAME-HASH.{js,css}, icons, and
// OUT/manifest.json, which tells the server what each logical name is called this time.
//
//   node build.mjs            one build
//   node build.mjs --watch    rebuild on change, with source maps

import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'
import { cspSafeMediaChrome } from './csp-safe.mjs'
import { slimHls } from './hls-slim.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const out = resolve(process.env.OUT ?? join(here, '../build/web'))
const watch = process.argv.includes('--watch')

const options = {
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx', style: 'src/styles/index.css' },
    outdir: join(out, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: !watch,
    sourcemap: watch ? 'inline' : false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [cspSafeMediaChrome(), slimHls(), { name: 'after', setup: b => b.onEnd(finish) }]
}

async function finish(result) {
    if (result.errors.length > 0)
        return
    const manifest = {}
    const keep = new Set()
    for (const [path, info] of Object.entries(result.metafile.outputs)) {
        const file = path.slice(path.lastIndexOf('/') + 1)
        keep.add(file)
        const [, name, ext] = /^(.*)-[A-Z0-9]+\.(\w+)$/.exec(file) ?? []
        if (info.entryPoint === 'src/styles/index.css')
            manifest['app.css'] = `assets/${file}`
        else if (info.entryPoint)
            manifest[`${name}.${ext}`] = `assets/${file}`
        // what app.js imports at once: the page asks for it before app.js has said so
        if (info.entryPoint === 'src/main.tsx')
            for (const { path, kind } of info.imports)
                if (kind === 'import-statement')
                    manifest['shared.js'] = `assets/${path.slice(path.lastIndexOf('/') + 1)}`
    }
    for (const file of await readdir(join(here, 'static'))) {
        const bytes = await readFile(join(here, 'static', file))
        const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase()
        const dot = file.lastIndexOf('.')
        const named = `${file.slice(0, dot)}-${hash}${file.slice(dot)}`
        await writeFile(join(out, 'assets', named), bytes)
        keep.add(named)
        manifest[file] = `assets/${named}`
    }
    // A server that is running meanwhile must never see a manifest that names missing files.
    await writeFile(join(out, 'manifest.json.new'), JSON.stringify(manifest, null, 2) + '\n')
    await rename(join(out, 'manifest.json.new'), join(out, 'manifest.json'))
    for (const file of await readdir(join(out, 'assets')))
        if (!keep.has(file))
            await rm(join(out, 'assets', file))
    for (const [name, path] of Object.entries(manifest)) {
        const bytes = await readFile(join(out, path))
        const kib = n => (n / 1024).toFixed(1).padStart(7) + ' KiB'
        console.log(`${name.padEnd(16)} ${kib(bytes.length)}  gzip ${kib(gzipSync(bytes, { level: 9 }).length)}`)
    }
}

await mkdir(join(out, 'assets'), { recursive: true })
if (watch)
    await (await esbuild.context(options)).watch()
else
    await esbuild.build(options)
