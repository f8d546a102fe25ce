// Bundles test/*.test.ts for Node and runs its test runner on them.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const out = mkdtempSync(join(tmpdir(), 'zoetrope-web-'))
await esbuild.build({
    entryPoints: readdirSync(here).filter(f => f.endsWith('.test.ts')).map(f => join(here, f)),
    outdir: out, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node', format: 'esm', target: 'node20', sourcemap: 'inline', logLevel: 'warning'
})
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...readdirSync(out).map(f => join(out, f))],
    { stdio: 'inherit' })
rmSync(out, { recursive: true, force: true })
process.exit(status ?? 1)
