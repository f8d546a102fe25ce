// The button that subscribes to a channel: by somebody signed in here, or from an account elsewhere.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { fullHandle, localHandle } from '../lib/handle'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import type { Actor } from '../types'
import { Icon } from './icons'
import { InteractDialog } from './interact'

export function FollowButton({ channel, known, small = false }: { channel: Actor; known?: boolean; small?: boolean }) {
    const [following, setFollowing] = useState<boolean | null>(known ?? null)
    const [busy, setBusy] = useState(false)
    const [asking, setAsking] = useState(false)
    const me = user.value
    const handle = fullHandle(channel)

    useEffect(() => {
        if (!me || known !== undefined)
            return
        let gone = false
        api.subscribed(handle).then(yes => { if (!gone) setFollowing(yes) }, () => undefined)
        return () => { gone = true }
    }, [handle, me?.id])

    if (me?.videoChannels.some(c => c.name === localHandle(channel)))
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
            toast(to ? s.follow.done(channel.displayName) : s.follow.undone(channel.displayName))
        } catch (e) {
            toast(messageOf(e), 'error')
        }
        setBusy(false)
    }
    return (
        <>
            <button type="button" class={`button ${following ? '' : 'button-primary'} ${small ? 'button-small' : ''}`} disabled={busy}
                aria-pressed={me ? following ?? false : undefined} onClick={() => void toggle()}
                aria-label={s.follow.label(channel.displayName)}>
                <Icon name={following ? 'check' : 'plus'} size={17} />{following ? s.follow.following : s.follow.follow}
            </button>
            {asking && channel.url
                && <InteractDialog intent="follow" name={channel.displayName} uri={channel.url} onClose={() => setAsking(false)} />}
        </>
    )
}
