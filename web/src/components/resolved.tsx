// What a handle or an address names, here or elsewhere: asking for it, and what is shown meanwhile or instead.

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { api, ApiError, messageOf } from '../api'
import { hostOf } from '../lib/handle'
import { config, user } from '../state'
import { strings as s } from '../strings'
import type { Resolved } from '../types'
import { loginPath } from './interact'
import { Empty } from './video-grid'

export function pageOf(found: Resolved): string {
    return found.comment ? `${found.path}#comment-${found.comment.id}` : found.path
}

/** undefined: still looking; null: nothing there. */
export function useResolved(name: string) {
    const [found, setFound] = useState<Resolved | null | undefined>(undefined)
    const [error, setError] = useState<string | null>(null)
    const [attempt, setAttempt] = useState(0)
    useEffect(() => {
        if (!name)
            return
        const control = new AbortController()
        setError(null)
        setFound(undefined)
        api.resolve(name, control.signal).then(setFound, e => {
            if (e instanceof ApiError && e.status === 404)
                setFound(null)
            else if (!control.signal.aborted)
                setError(messageOf(e))
        })
        return () => control.abort()
    }, [name, attempt])
    return { found, error, retry: () => setAttempt(attempt + 1) }
}

export function Looking({ name }: { name: string }) {
    return (
        <p class="quiet looking" role="status">
            <span class="spinner spinner-small" aria-hidden="true" />{s.search.lookingAt(hostOf(name))}
        </p>
    )
}

export function NothingThere({ name, children }: { name: string; children?: ComponentChildren }) {
    const remote = config.value.search?.remoteUri
    const mayNot = !user.value && remote && !remote.anonymous && hostOf(name) !== window.location.host
    return mayNot
        ? <Empty title={s.search.notKnown} text={remote.users ? s.search.signIn : s.search.never}>
            {remote.users && <a class="button button-primary" href={loginPath()}>{s.header.signIn}</a>}
        </Empty>
        : <Empty title={s.search.noneThere} text={s.search.noneThereText(hostOf(name))}>{children}</Empty>
}
