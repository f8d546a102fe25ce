// The captions of a video: one file a language, WebVTT or SubRip.

import { useEffect, useRef, useState } from 'preact/hooks'
import { api, choices, messageOf } from '../../api'
import { samePath } from '../../lib/same-path'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import type { Caption, Label, VideoDetails } from '../../types'
import { Select } from '../fields'
import { Icon } from '../icons'
import { parts } from './api'

export function Captions({ video, changed }: { video: VideoDetails; changed: () => void }) {
    const [list, setList] = useState<Caption[] | null>(null)
    const [languages, setLanguages] = useState<Label<string>[]>([])
    const [language, setLanguage] = useState(video.language?.id || navigator.language.split('-')[0] || 'en')
    const [busy, setBusy] = useState(false)
    const [error, setError] = useState<string | null>(null)
    const chooser = useRef<HTMLInputElement>(null)
    const load = () => api.captions(video.uuid).then(page => setList(page.data), e => setError(messageOf(e)))
    useEffect(() => {
        void load()
        choices('languages').then(setLanguages, () => undefined)
    }, [video.uuid])

    const act = async (work: Promise<unknown>, said: string) => {
        setBusy(true)
        setError(null)
        try {
            await work
            toast(said)
            await load()
            changed()
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    const label = languages.find(l => l.id === language)?.label ?? language
    const send = (input: HTMLInputElement) => {
        const file = input.files?.[0]
        input.value = ''
        if (file)
            void act(parts.sendCaptions(video.uuid, language, file), s.editVideo.captionsSaved(label))
    }
    const there = list?.some(c => c.language.id === language) ?? false
    return (
        <div class="edit-captions" aria-busy={busy}>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            {list?.length === 0 && <p class="quiet">{s.editVideo.captionsNone}</p>}
            <ul class="edit-list">
                {list?.map(c =>
                    <li key={c.language.id}>
                        <a href={samePath(c.captionPath ?? c.fileUrl ?? '')} download={`${video.name}-${c.language.id}.vtt`}>{c.language.label}</a>
                        <button type="button" class="icon-button danger" disabled={busy} aria-label={s.editVideo.captionsRemove(c.language.label)}
                            title={s.editVideo.captionsRemove(c.language.label)}
                            onClick={() => void act(parts.removeCaptions(video.uuid, c.language.id), s.editVideo.captionsRemoved(c.language.label))}>
                            <Icon name="trash" />
                        </button>
                    </li>)}
            </ul>
            <div class="edit-add">
                <Select label={s.editVideo.captionsLanguage} value={language} onValue={setLanguage} help={s.editVideo.captionsHelp}
                    options={languages.map(l => ({ id: l.id ?? '', label: l.label }))} />
                <button type="button" class="button" disabled={busy || languages.length === 0} onClick={() => chooser.current?.click()}>
                    {busy ? s.saving : there ? s.editVideo.captionsReplace : s.editVideo.captionsAdd}
                </button>
            </div>
            <input ref={chooser} type="file" accept=".vtt,.srt,text/vtt" hidden aria-label={s.editVideo.captionsAdd} onChange={e => send(e.currentTarget)} />
        </div>
    )
}
