// The chapters of a video: times and titles, saved together.

import { useEffect, useRef, useState } from 'preact/hooks'
import { api, messageOf } from '../../api'
import { formatDuration, parseTime } from '../../lib/time'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import type { VideoDetails } from '../../types'
import { Icon } from '../icons'
import { parts } from './api'

interface Row { key: number; time: string; title: string }

let keys = 0

/** What is wrong with a row, given the rows before it; null when nothing is. */
function rowError(row: Row, before: Row[], duration: number): string | null {
    const at = parseTime(row.time)
    if (at === null || at > duration)
        return s.editVideo.chapterTimeWrong
    if (before.some(other => parseTime(other.time) === at))
        return s.editVideo.chapterTwice
    const length = [...row.title.trim()].length
    return length < 1 || length > 100 ? s.editVideo.chapterTitleWrong : null
}

export function Chapters({ video, changed }: { video: VideoDetails; changed: () => void }) {
    const [rows, setRows] = useState<Row[] | null>(null)
    const [tried, setTried] = useState(false)
    const [busy, setBusy] = useState(false)
    const [error, setError] = useState<string | null>(null)
    const list = useRef<HTMLOListElement>(null)
    const focusLast = useRef(false)
    useEffect(() => {
        api.chapters(video.uuid).then(answer =>
            setRows(answer.chapters.map(c => ({ key: ++keys, time: formatDuration(c.timecode), title: c.title }))),
        e => setError(messageOf(e)))
    }, [video.uuid])
    useEffect(() => {
        if (focusLast.current)
            list.current?.querySelector<HTMLInputElement>('li:last-child input')?.focus()
        focusLast.current = false
    }, [rows])

    const errors = (rows ?? []).map((row, i) => rowError(row, (rows ?? []).slice(0, i), video.duration))
    const change = (key: number, part: Partial<Row>) => setRows(r => r && r.map(row => row.key === key ? { ...row, ...part } : row))
    const add = () => {
        const last = parseTime(rows?.at(-1)?.time ?? '')
        focusLast.current = true
        setRows(r => [...r ?? [], { key: ++keys, time: last === null ? '0:00' : formatDuration(Math.min(video.duration, last + 1)), title: '' }])
    }
    const save = async (event: SubmitEvent) => {
        event.preventDefault()
        setTried(true)
        if (!rows || errors.some(e => e !== null))
            return
        setBusy(true)
        setError(null)
        try {
            const chapters = rows.map(row => ({ timecode: Math.floor(parseTime(row.time) ?? 0), title: row.title.trim() }))
            await parts.setChapters(video.uuid, chapters.sort((a, b) => a.timecode - b.timecode))
            toast(s.editVideo.chaptersSaved)
            changed()
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    return (
        <form class="edit-chapters" onSubmit={save} aria-busy={busy} noValidate>
            <div role="alert">{error && <p class="notice notice-error">{error}</p>}</div>
            <p class="quiet">{s.editVideo.chaptersHelp}</p>
            <ol class="edit-list" ref={list}>
                {rows?.map((row, i) => {
                    const wrong = tried ? errors[i] : null
                    return (
                        <li key={row.key}>
                            <input class="edit-time" value={row.time} aria-label={s.editVideo.chapterTime(i + 1)} aria-invalid={!!wrong || undefined}
                                aria-describedby={wrong ? `chapter-${row.key}` : undefined} inputMode="numeric" spellcheck={false}
                                onInput={e => change(row.key, { time: e.currentTarget.value })} />
                            <input value={row.title} aria-label={s.editVideo.chapterTitle(i + 1)} aria-invalid={!!wrong || undefined} maxLength={100}
                                aria-describedby={wrong ? `chapter-${row.key}` : undefined} onInput={e => change(row.key, { title: e.currentTarget.value })} />
                            <button type="button" class="icon-button danger" aria-label={s.editVideo.chapterRemove(i + 1)} title={s.editVideo.chapterRemove(i + 1)}
                                onClick={() => setRows(rows.filter(r => r !== row))}><Icon name="trash" /></button>
                            {wrong && <p class="field-error" id={`chapter-${row.key}`}>{wrong}</p>}
                        </li>
                    )
                })}
            </ol>
            <button type="button" class="button" onClick={add}>{s.editVideo.chapterAdd}</button>
            <div class="dialog-actions">
                <button class="button button-primary" disabled={busy || !rows}>{busy ? s.saving : s.editVideo.chaptersSave}</button>
            </div>
        </form>
    )
}
