// Everything about a video of one's own, in four panels. The details are saved together; a picture, captions
// and chapters each at once, by their own buttons.

import { useEffect, useId, useState } from 'preact/hooks'
import { api, messageOf } from '../../api'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import type { Video, VideoDetails } from '../../types'
import { Dialog } from '../dialog'
import { metaErrors, metaOf, patchOf, VideoForm, type VideoMeta } from '../video-form'
import { Captions } from './captions'
import { Chapters } from './chapters'
import { Picture } from './picture'

type Panel = 'details' | 'picture' | 'captions' | 'chapters'
const panels: Panel[] = ['details', 'picture', 'captions', 'chapters']

export function EditDialog({ video, close }: { video: Video; close: (changed: boolean) => void }) {
    const [details, setDetails] = useState<VideoDetails | null>(null)
    const [error, setError] = useState<string | null>(null)
    const [panel, setPanel] = useState<Panel>('details')
    const [meta, setMeta] = useState<VideoMeta | null>(null)
    const [busy, setBusy] = useState(false)
    const [changed, setChanged] = useState(false)
    const id = useId()
    const load = () => api.video(video.uuid).then(setDetails, e => setError(messageOf(e)))
    useEffect(() => { void load() }, [video.uuid])
    useEffect(() => { if (details && !meta) setMeta(metaOf(details)) }, [details])
    const noteChange = () => {
        setChanged(true)
        void load()
    }
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        if (!meta || Object.keys(metaErrors(meta)).length > 0)
            return
        setBusy(true)
        try {
            await api.updateVideo(video.uuid, patchOf(meta))
            toast(s.myVideos.saved(meta.name))
            close(true)
        } catch (e) {
            setError(messageOf(e))
            setBusy(false)
        }
    }
    const press = (event: KeyboardEvent) => {
        const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
        if (!step)
            return
        event.preventDefault()
        const next = panels[(panels.indexOf(panel) + step + panels.length) % panels.length] ?? 'details'
        setPanel(next)
        document.getElementById(`${id}-${next}`)?.focus()
    }
    return (
        <Dialog title={s.myVideos.editOf(video.name)} onClose={() => close(changed)} wide>
            <div class="panels" role="tablist" aria-label={s.editVideo.panels} onKeyDown={press}>
                {panels.map(p =>
                    <button key={p} type="button" role="tab" id={`${id}-${p}`} aria-selected={p === panel} aria-controls={`${id}-panel`}
                        tabIndex={p === panel ? 0 : -1} onClick={() => setPanel(p)}>{s.editVideo[p]}</button>)}
            </div>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${panel}`}>
                {!details || !meta ? !error && <p>{s.loading}</p>
                    : panel === 'picture' ? <Picture video={details} changed={noteChange} />
                        : panel === 'captions' ? <Captions video={details} changed={noteChange} />
                            : panel === 'chapters' ? <Chapters video={details} changed={noteChange} />
                                : <form onSubmit={submit} aria-busy={busy}>
                                    <VideoForm meta={meta} change={part => setMeta({ ...meta, ...part })} />
                                    <div class="dialog-actions">
                                        <button type="button" class="button" onClick={() => close(changed)}>{s.cancel}</button>
                                        <button class="button button-primary" disabled={busy}>{busy ? s.saving : s.save}</button>
                                    </div>
                                </form>}
            </div>
        </Dialog>
    )
}
