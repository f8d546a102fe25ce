// The button that follows a channel or an account: by somebody signed in here, or from an account elsewhere.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { fullHandle, localHandle } from '../lib/handle'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import type { Actor } from '../types'
import { Icon } from './icons'
import { InteractDialog } from './interact'

export function FollowButton({ actor, known, small = false }: { actor: Actor; known?: boolean; small?: boolean }) {
    const [following, setFollowing] = useState<boolean | null>(known ?? null)
    const [busy, setBusy] = useState(false)
    const [asking, setAsking] = useState(false)
    const me = user.value
    const handle = fullHandle(actor)

    useEffect(() => {
        if (!me || known !== undefined)
            return
        let gone = false
        api.subscribed(handle).then(yes => { if (!gone) setFollowing(yes) }, () => undefined)
        return () => { gone = true }
    }, [handle, me?.id])

    if (me && [me.account, ...me.videoChannels].some(own => own.name === localHandle(actor)))
        return null // one's own
    const toggle = async () => {
        if (!me) {
            setAsking(true)
            return
        }
        const to = !following
        setBusy(true)
        try {
            await (to ? api.subscribe(handle) : api.unsubscribe(handle))
            setFollowing(to)
            toast(to ? s.follow.done(actor.displayName) : s.follow.undone(actor.displayName))
        } catch (e) {
            toast(messageOf(e), 'error')
        }
        setBusy(false)
    }
    return (
        <>
            <button type="button" class={`button ${following ? '' : 'button-primary'} ${small ? 'button-small' : ''}`} disabled={busy}
                aria-pressed={me ? following ?? false : undefined} onClick={() => void toggle()}
                aria-label={s.follow.label(actor.displayName)}>
                <Icon name={following ? 'check' : 'plus'} size={17} />{following ? s.follow.following : s.follow.follow}
            </button>
            {asking && actor.url
                && <InteractDialog intent="follow" name={actor.displayName} uri={actor.url} onClose={() => setAsking(false)} />}
        </>
    )
}
