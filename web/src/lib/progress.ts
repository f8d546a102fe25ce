// How far the server is with a video: its events for the one looked at, asking now and then for the others.
//
// An event stream holds a connection, and over HTTP/1.1 a browser has six for the whole site, all its tabs
// together. So a page keeps one stream at most, and none while it is in the background.

import { api, ApiError } from '../api'
import { State, type Progress } from '../types'

export function isSettled(p: Progress): boolean {
    return p.state.id === State.failed
        || (p.state.id === State.published && p.rungs.every(r => r.done) && p.percent >= 100)
}

/** Videos older than this are taken to be ready when they are published. */
export const RECENT_MS = 24 * 3600 * 1000

const ASK_MS = 2500
const ASK_HIDDEN_MS = 15000
let streams = 0

/** Calls back with every news until all is done or the returned function is called. */
export function followProgress(id: string, news: (p: Progress) => void): () => void {
    let stopped = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let source: EventSource | null = null
    let refused = false

    const unlisten = () => {
        if (source) {
            source.close()
            source = null
            streams--
        }
    }
    const stop = () => {
        stopped = true
        clearTimeout(timer)
        unlisten()
        document.removeEventListener('visibilitychange', turned)
    }
    const hear = (p: Progress) => {
        if (stopped)
            return
        news(p)
        if (isSettled(p))
            stop()
    }
    const later = () => {
        clearTimeout(timer)
        if (!stopped)
            timer = setTimeout(ask, document.hidden ? ASK_HIDDEN_MS : ASK_MS)
    }
    const ask = async () => {
        try {
            hear(await api.progress(id))
        } catch (e) {
            if (e instanceof ApiError && e.status >= 400 && e.status < 500 && e.status !== 429)
                stop() // not ours to know, or gone
        }
        if (stopped)
            return
        if (!source && !refused && streams === 0 && !document.hidden)
            listen()
        if (!source)
            later()
    }
    const listen = () => {
        streams++
        source = new EventSource(api.progressEvents(id))
        let heard = false
        source.addEventListener('progress', event => {
            heard = true
            hear(JSON.parse((event as MessageEvent<string>).data) as Progress)
        })
        const ended = () => {
            unlisten()
            if (!stopped)
                void ask()
        }
        source.addEventListener('end', () => {
            refused = true // should it not be settled after all, asking goes on
            ended()
        })
        source.addEventListener('error', () => {
            // CLOSED: the browser will not try again by itself
            if (source && (source.readyState === EventSource.CLOSED || !heard)) {
                refused = !heard
                unlisten()
                later()
            }
        })
    }
    const turned = () => {
        if (document.hidden) {
            unlisten()
            later()
        } else if (!source) {
            clearTimeout(timer)
            void ask()
        }
    }
    document.addEventListener('visibilitychange', turned)
    void ask()
    return stop
}
