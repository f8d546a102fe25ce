// hls.js from its own sources, without the parts this client never uses (DRM, its own subtitle handling, ad
// interstitials, CMCD, content steering, playlist variables): about half the size. Its published "light"
// build is no alternative, that one lacks alternate audio, and our sound is a rung of its own.

import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const home = join(here, 'node_modules/hls.js')
const { version } = createRequire(import.meta.url)('./node_modules/hls.js/package.json')

const define = {
    __VERSION__: JSON.stringify(version),
    __USE_ALT_AUDIO__: 'true',
    __USE_MEDIA_CAPABILITIES__: 'true',
    __USE_M2TS_ADVANCED_CODECS__: 'true',
    __USE_EME_DRM__: 'false',
    __USE_SUBTITLES__: 'false',
    __USE_CMCD__: 'false',
    __USE_CONTENT_STEERING__: 'false',
    __USE_VARIABLE_SUBSTITUTION__: 'false',
    __USE_INTERSTITIALS__: 'false',
    __USE_IFRAMES__: 'false',
    __IN_WORKER__: 'false',
    __HLS_WORKER_BUNDLE__: 'undefined'
}
/** Left out whole: imported, but only used behind a flag above. */
const empty = /[\\/](cmcd-controller|eme-controller|subtitle-stream-controller|subtitle-track-controller|timeline-controller|interstitials-controller|content-steering-controller)$/

export function slimHls() {
    return {
        name: 'slim-hls',
        setup(build) {
            build.onResolve({ filter: /^hls\.js$/ }, () => ({ path: 'hls.js', namespace: 'slim-hls' }))
            build.onLoad({ filter: /.*/, namespace: 'slim-hls' }, async () => {
                const flags = await readFile(join(home, 'src/define-plugin.d.ts'), 'utf8')
                const unknown = [...flags.matchAll(/declare const (__\w+__)/g)].map(m => m[1]).filter(name => !(name in define))
                if (unknown.length > 0)
                    return { errors: [{ text: `hls.js has new build flags, see hls-slim.mjs: ${unknown.join(' ')}` }] }
                const result = await esbuild.build({
                    entryPoints: [join(home, 'src/exports-default.ts')],
                    bundle: true,
                    write: false,
                    format: 'esm',
                    target: 'es2022',
                    define,
                    logLevel: 'silent',
                    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, // as its own build does
                    minifySyntax: true,
                    plugins: [{
                        name: 'empty',
                        setup(inner) {
                            inner.onResolve({ filter: empty }, ({ path }) => ({ path, namespace: 'empty' }))
                            inner.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default undefined' }))
                        }
                    }]
                })
                return { contents: result.outputFiles[0].text, loader: 'js', resolveDir: here }
            })
        }
    }
}
