// Sharing a video: with one's followers, by its address, from a moment on if wished, or on another page.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { formatDuration, parseTime } from '../lib/time'
import { paths } from '../router'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import { Privacy, type VideoDetails } from '../types'
import { Dialog } from './dialog'
import { Check, Field, TextField } from './fields'
import { Icon } from './icons'
import { copy } from './interact'

export function ShareDialog({ video, at, onClose }: { video: VideoDetails; at: number; onClose: () => void }) {
    const [from, setFrom] = useState(false)
    const [time, setTime] = useState(formatDuration(at))
    const seconds = Math.floor(parseTime(time) ?? NaN)
    const wrong = from && (Number.isNaN(seconds) || seconds > Math.max(video.duration, at))
    const suffix = from && !wrong && seconds > 0 ? `?start=${seconds}s` : ''
    const link = `${window.location.origin}${paths.watch(video)}${suffix}`
    const ratio = video.aspectRatio && video.aspectRatio > 0 ? video.aspectRatio : 16 / 9
    const width = ratio < 1 ? 315 : 560
    const embed = `<iframe src="${window.location.origin}/videos/embed/${video.shortUUID}${suffix}" title="${escape(video.name)}" `
        + `width="${width}" height="${Math.round(width / ratio)}" frameborder="0" allow="fullscreen; picture-in-picture" allowfullscreen></iframe>`
    return (
        <Dialog title={s.share.title} onClose={onClose}>
            {user.value && video.privacy.id === Privacy.public && <WithFollowers video={video} />}
            <Copyable label={s.share.link} text={link} />
            <div class="share-start">
                <Check label={s.share.start} checked={from} onValue={setFrom} />
                {from && <TextField label={s.share.at} value={time} onValue={setTime} error={wrong ? s.share.wrong : null} />}
            </div>
            <Copyable label={s.share.embed} text={embed} />
            {'share' in navigator
                && <div class="dialog-actions"><button type="button" class="button"
                    onClick={() => void navigator.share({ title: video.name, url: link }).catch(() => undefined)}>
                    <Icon name="share" size={17} />{s.share.other}</button></div>}
        </Dialog>
    )
}

/** A boost: the account's followers see the video in their timelines. */
function WithFollowers({ video }: { video: VideoDetails }) {
    const [shared, setShared] = useState<boolean | null>(null)
    useEffect(() => {
        api.rating(video.uuid).then(mine => setShared(mine.shared ?? false), () => undefined)
    }, [video.uuid])
    const toggle = async () => {
        const to = !shared
        try {
            await api.share(video.uuid, to)
            setShared(to)
            toast(to ? s.share.shared : s.share.unshared)
        } catch (e) {
            toast(messageOf(e), 'error')
        }
    }
    return (
        <button type="button" class={shared ? 'button button-wide' : 'button button-primary button-wide'} disabled={shared === null} aria-pressed={shared ?? false}
            onClick={() => void toggle()}><Icon name={shared ? 'check' : 'boost'} />{s.share.followers}</button>
    )
}

function Copyable({ label, text }: { label: string; text: string }) {
    return (
        <Field label={label}>
            {({ id }) =>
                <span class="copyable">
                    <input id={id} type="text" readOnly value={text} onFocus={e => e.currentTarget.select()} />
                    <button type="button" class="button" onClick={() => void copy(text)}>{s.share.copy}</button>
                </span>}
        </Field>
    )
}

function escape(text: string): string {
    return text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`)
}
