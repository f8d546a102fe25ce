// How far the server is with a video: its events while they come, asking now and then while they do not.

import { api, ApiError } from '../api'
import { State, type Progress } from '../types'

export function isSettled(p: Progress): boolean {
    return p.state.id === State.failed
        || (p.state.id === State.published && p.rungs.every(r => r.done) && p.percent >= 100)
}

/** Calls back with every news until all is done or the returned function is called. */
export function followProgress(id: string, news: (p: Progress) => void): () => void {
    let stopped = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let source: EventSource | null = null

    const stop = () => {
        stopped = true
        clearTimeout(timer)
        source?.close()
    }
    const hear = (p: Progress) => {
        if (stopped)
            return
        news(p)
        if (isSettled(p))
            stop()
    }
    const ask = async () => {
        try {
            hear(await api.progress(id))
        } catch (e) {
            if (e instanceof ApiError && (e.status === 404 || e.status === 403 || e.status === 401 || e.status === 400))
                stop()
        }
        if (!stopped)
            timer = setTimeout(ask, 3000)
    }
    const listen = () => {
        source = new EventSource(api.progressEvents(id))
        let heard = false
        source.addEventListener('progress', event => {
            heard = true
            hear(JSON.parse((event as MessageEvent<string>).data) as Progress)
        })
        source.addEventListener('end', () => {
            source?.close()
            if (!stopped) // what came last may have been lost: ask once
                void api.progress(id).then(p => { if (!stopped) { news(p); stop() } }, stop)
        })
        source.addEventListener('error', () => {
            // CLOSED: refused, and the browser will not try again by itself
            if (!stopped && (source?.readyState === EventSource.CLOSED || !heard)) {
                source?.close()
                clearTimeout(timer)
                timer = setTimeout(ask, heard ? 1000 : 0)
            }
        })
    }
    // most often there is nothing left to follow: asked before a connection is held open for it
    api.progress(id).then(p => {
        hear(p)
        if (!stopped)
            listen()
    }, e => {
        if (!stopped && !(e instanceof ApiError && e.status >= 400 && e.status < 500))
            timer = setTimeout(ask, 3000)
    })
    return stop
}
