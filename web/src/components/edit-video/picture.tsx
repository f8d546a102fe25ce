// The picture that stands for a video: one of its moments, or a picture that is sent.

import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { samePath } from '../../lib/same-path'
import { formatDuration, spokenDuration } from '../../lib/time'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import type { VideoDetails } from '../../types'
import { parts } from './api'

const READ = 'image/jpeg,image/png,image/webp,image/gif,image/bmp'
const BYTES_MAX = 8 << 20

/** The smallest plain MP4 that is still good to look at. */
function previewFile(video: VideoDetails): string | null {
    const files = video.files.filter(f => f.hasVideo !== false && f.resolution.id > 0 && f.fileUrl.includes('/static/'))
    files.sort((a, b) => a.resolution.id - b.resolution.id)
    const file = files.find(f => f.resolution.id >= 240) ?? files.at(-1)
    return file ? samePath(file.fileUrl) : null
}

export function Picture({ video, changed }: { video: VideoDetails; changed: () => void }) {
    const [busy, setBusy] = useState(false)
    const [error, setError] = useState<string | null>(null)
    const chooser = useRef<HTMLInputElement>(null)
    const shown = video.thumbnails?.find(t => t.width === 850) ?? video.thumbnails?.[0]
    const source = previewFile(video)

    const act = async (work: Promise<unknown>) => {
        setBusy(true)
        setError(null)
        try {
            await work
            toast(s.editVideo.pictureSaved)
            changed()
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    const send = (input: HTMLInputElement) => {
        const file = input.files?.[0]
        input.value = ''
        if (!file)
            return
        if (file.size > BYTES_MAX)
            setError(s.editVideo.pictureTooLarge)
        else
            void act(parts.sendPicture(video.uuid, file))
    }
    return (
        <div class="edit-picture" aria-busy={busy}>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <div class="edit-picture-row">
                <figure>
                    {shown ? <img src={samePath(shown.fileUrl)} alt={s.editVideo.pictureNow} width={shown.width} height={shown.height} />
                        : <div class="edit-picture-none">{s.editVideo.pictureNone}</div>}
                    <figcaption class="quiet">{s.editVideo.pictureNow}</figcaption>
                </figure>
                {source ? <Moment source={source} duration={video.duration} busy={busy} take={at => void act(parts.takeMoment(video.uuid, at))} />
                    : <p class="quiet">{s.editVideo.momentLater}</p>}
            </div>
            <p>
                <button type="button" class="button" disabled={busy} onClick={() => chooser.current?.click()}>{s.editVideo.pictureSend}</button>
                <span class="quiet edit-note">{s.editVideo.pictureHelp}</span>
            </p>
            <input ref={chooser} type="file" accept={READ} hidden aria-label={s.editVideo.pictureSend}
                onChange={e => send(e.currentTarget)} />
        </div>
    )
}

function Moment({ source, duration, busy, take }: { source: string; duration: number; busy: boolean; take: (at: number) => void }) {
    const [at, setAt] = useState(Math.min(duration / 3, 10))
    const [failed, setFailed] = useState(false)
    const media = useRef<HTMLVideoElement>(null)
    const id = useId()
    useEffect(() => {
        if (media.current)
            media.current.currentTime = at
    }, [at])
    if (failed)
        return <p class="quiet">{s.editVideo.momentLater}</p>
    return (
        <div class="edit-moment">
            <video ref={media} src={source} muted playsInline preload="auto" tabIndex={-1} aria-hidden="true" onError={() => setFailed(true)}
                onLoadedMetadata={e => { e.currentTarget.currentTime = at }} />
            <div class="field">
                <label for={id}>{s.editVideo.moment} <output for={id} class="quiet">{formatDuration(at)}</output></label>
                <input id={id} type="range" min={0} max={Math.max(0.1, duration)} step={0.1} value={at} aria-valuetext={spokenDuration(at)}
                    onInput={e => setAt(Number(e.currentTarget.value))} />
            </div>
            <button type="button" class="button button-primary" disabled={busy} onClick={() => take(Math.min(at, duration))}>{busy ? s.saving : s.editVideo.momentTake}</button>
        </div>
    )
}
