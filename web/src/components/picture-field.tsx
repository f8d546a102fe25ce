// Choosing and removing the picture of an account or channel: an avatar, or the banner above a channel's page.

import { useRef, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { toast } from '../state'
import { strings as s } from '../strings'
import type { Actor } from '../types'
import { Avatar } from './avatar'
import { Banner } from './banner'
import { Icon } from './icons'

const TYPES = 'image/png,image/jpeg,image/webp,image/gif,image/avif'

/** `path` is that of the picture in the API, like "/users/me/avatar". */
export function PictureField({ actor, kind, path, done }:
    { actor: Actor; kind: 'avatar' | 'banner'; path: string; done: () => Promise<void> }) {
    const input = useRef<HTMLInputElement>(null)
    const [busy, setBusy] = useState(false)
    const [error, setError] = useState<string | null>(null)
    const has = (kind === 'avatar' ? actor.avatars : actor.banners)?.length
    const act = async (call: Promise<unknown>, text: string) => {
        setBusy(true)
        setError(null)
        try {
            await call
            await done()
            toast(text)
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    const send = () => {
        const file = input.current?.files?.[0]
        if (file)
            void act(api.sendPicture(`${path}/pick`, `${kind}file`, file), s.picture.saved)
        if (input.current)
            input.current.value = ''
    }
    return (
        <div class={`picture-field picture-${kind}`} aria-busy={busy}>
            {kind === 'avatar' ? <Avatar actor={actor} size={72} /> : <Banner actor={actor} />}
            <input ref={input} type="file" accept={TYPES} aria-label={s.picture.choose[kind]} hidden onChange={send} />
            <span class="picture-buttons">
                <button type="button" class="button button-small" disabled={busy} onClick={() => input.current?.click()}>
                    <Icon name="edit" size={16} />{busy ? s.saving : s.picture.choose[kind]}</button>
                {!!has
                    && <button type="button" class="button button-small button-quiet" disabled={busy}
                        onClick={() => void act(api.dropPicture(path), s.picture.removed)}>{s.picture.remove}</button>}
            </span>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
        </div>
    )
}
