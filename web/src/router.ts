// History-API routing: links stay links, and this takes over those that stay on this site.

import { signal } from '@preact/signals'

export interface Place { path: string; search: URLSearchParams; key: number }

let visits = 0
const here = (): Place => ({
    path: decodePath(window.location.pathname), search: new URLSearchParams(window.location.search), key: visits++
})
export const place = signal<Place>(here())

function decodePath(path: string): string {
    try { return decodeURI(path) } catch { return path }
}

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'replace')
        history.replaceState(history.state, '', to)
    else {
        remember()
        history.pushState({ y: 0 }, '', to)
    }
    place.value = here()
    if (how === 'push' && !window.location.hash) // the part of the page that is meant comes into view by itself
        scrollTo(0, 0)
}

function remember(): void {
    history.replaceState({ ...history.state, y: scrollY }, '')
}

/** The server has paths of its own; a click there is an ordinary visit. */
const servers = /^\/(api|static|lazy-static|download|client|feeds|metrics|\.well-known)\b/

export function startRouter(): void {
    history.scrollRestoration = 'manual'
    addEventListener('popstate', event => {
        place.value = here()
        const y = (event.state as { y?: number } | null)?.y ?? 0
        // lists fill their height a moment later
        let tries = 20
        const restore = () => {
            scrollTo(0, y)
            if (Math.abs(scrollY - y) > 2 && tries-- > 0)
                setTimeout(restore, 50)
        }
        requestAnimationFrame(restore)
    })
    document.addEventListener('click', event => {
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
            return
        const link = (event.target as Element | null)?.closest?.('a')
        if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin)
            return
        if (servers.test(link.pathname))
            return
        if (link.pathname === window.location.pathname && link.search === window.location.search && link.hash)
            return
        event.preventDefault()
        navigate(link.pathname + link.search + link.hash)
    })
}

/** The path with its query, for coming back to it. */
export function placeText(): string {
    const { path, search } = place.value
    return search.size > 0 ? `${path}?${search}` : path
}

export const paths = {
    watch: (v: { shortUUID: string }) => `/w/${v.shortUUID}`,
    channel: (name: string) => `/c/${name}`,
    account: (name: string) => `/a/${name}`
}
