// An event stream that tells when something changed: comments below a video.
//
// An event stream holds a connection, and over HTTP/1.1 a browser has six for the whole site, all its tabs
// together; so none is kept while the page is in the background.

const AGAIN_MS = 15000
const AGAIN_MAX_MS = 300000

/** Calls `news` after each event of `name`, with its data; `first`: it tells how things are, not that they
 *  changed. The returned function ends it. */
export function listen(url: string, name: string, news: (data: string, first: boolean) => void): () => void {
    let source: EventSource | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    let wait = AGAIN_MS
    const close = () => {
        source?.close()
        source = null
        clearTimeout(timer)
    }
    const open = () => {
        close()
        source = new EventSource(url)
        let first = true
        source.addEventListener('open', () => { first = true })
        source.addEventListener(name, event => {
            wait = AGAIN_MS
            news((event as MessageEvent<string>).data, first)
            first = false
        })
        source.addEventListener('error', () => {
            // CLOSED: the server refused, and the browser does not try again by itself
            if (source?.readyState === EventSource.CLOSED) {
                close()
                timer = setTimeout(open, wait)
                wait = Math.min(AGAIN_MAX_MS, wait * 2)
            }
        })
    }
    const turned = () => {
        if (document.hidden)
            close()
        else
            open()
    }
    document.addEventListener('visibilitychange', turned)
    if (!document.hidden)
        open()
    return () => {
        document.removeEventListener('visibilitychange', turned)
        close()
    }
}
