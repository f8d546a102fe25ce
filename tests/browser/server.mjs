// Starts the real server on a free port with an empty data folder, and stops exactly that process.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const binary = resolve(process.env.ZOETROPE_BIN ?? join(root, 'build/zoetrope'))
const web = resolve(process.env.WEB ?? join(root, 'build/web'))
export const password = 'correct horse battery'

export function freePort() {
    return new Promise((ok, failed) => {
        const probe = createServer()
        probe.once('error', failed)
        probe.listen(0, '127.0.0.1', () => {
            const { port } = probe.address()
            probe.close(() => ok(port))
        })
    })
}

export async function startServer(settings = {}) {
    const data = await mkdtemp(join(tmpdir(), 'zoetrope-browser-'))
    const port = await freePort()
    const url = `http://localhost:${port}`
    let log = ''
    const run = () => {
        const child = spawn(binary, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--url', url, '--web', web,
            ...Object.entries(settings).flatMap(([k, v]) => [`--${k}`, String(v)])],
            { env: { ...process.env, ZOETROPE_ROOT_PASSWORD: password }, stdio: ['ignore', 'pipe', 'pipe'] })
        child.stdout.on('data', d => { log += d })
        child.stderr.on('data', d => { log += d })
        return child
    }
    let child = run()
    const ready = async () => {
        const until = Date.now() + 20000
        while (Date.now() < until) {
            if (child.exitCode !== null)
                throw new Error(`the server ended with ${child.exitCode}:\n${log}`)
            try {
                if ((await fetch(`${url}/api/v1/ping`)).ok)
                    return
            } catch { /* not yet */ }
            await new Promise(r => setTimeout(r, 100))
        }
        throw new Error(`the server does not answer:\n${log}`)
    }
    const end = async signal => {
        if (child.exitCode !== null || child.signalCode !== null)
            return
        const ended = new Promise(r => child.once('exit', r))
        child.kill(signal)
        await Promise.race([ended, new Promise(r => setTimeout(r, 10000))])
        if (child.exitCode === null && child.signalCode === null) {
            child.kill('SIGKILL')
            await ended
        }
    }
    await ready()
    return {
        url, data,
        log: () => log,
        memoryKib: async () => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]),
        restart: async (signal = 'SIGKILL') => {
            await end(signal)
            child = run()
            await ready()
        },
        stop: async () => {
            await end('SIGTERM')
            await rm(data, { recursive: true, force: true })
        }
    }
}
