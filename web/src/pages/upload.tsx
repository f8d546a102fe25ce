// Choosing, sending and describing new videos, and watching them become playable.

import { signal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../components/icons'
import { ProgressBar } from '../components/progress-bar'
import { RequireUser } from '../components/require-user'
import { useTitle } from '../components/title'
import { VideoForm } from '../components/video-form'
import { formatBytes, formatLeft } from '../lib/format'
import { paths } from '../router'
import { toast } from '../state'
import { strings as s } from '../strings'
import { State } from '../types'
import { addFiles, discard, loadUnfinished, removeFromList, resumeFromHandle, unfinished, uploads, type Picked } from '../upload/queue'
import { frameOf } from '../upload/preview'
import type { Saved } from '../upload/store'
import type { Upload as Task } from '../upload/upload'

export function Upload() {
    useTitle(s.upload.title)
    return <RequireUser><Page /></RequireUser>
}

const announced = signal('')

type Picker = (options: object) => Promise<FileSystemFileHandle[]>

function Page() {
    const input = useRef<HTMLInputElement>(null)
    const [over, setOver] = useState(false)
    useEffect(() => { void loadUnfinished() }, [])

    const choose = async () => {
        const picker = (window as { showOpenFilePicker?: Picker }).showOpenFilePicker
        if (!picker) {
            input.current?.click()
            return
        }
        try {
            const handles = await picker({ multiple: true, id: 'videos', startIn: 'videos' })
            addFiles(await Promise.all(handles.map(async handle => ({ file: await handle.getFile(), handle }))))
        } catch (e) {
            if (!(e instanceof DOMException && e.name === 'AbortError'))
                input.current?.click()
        }
    }

    // The whole page takes files, so that nobody has to aim.
    useEffect(() => {
        let depth = 0
        const files = (e: DragEvent) => e.dataTransfer?.types.includes('Files') ?? false
        const enter = (e: DragEvent) => { if (files(e)) { depth++; setOver(true) } }
        const leave = (e: DragEvent) => { if (files(e) && --depth <= 0) { depth = 0; setOver(false) } }
        const move = (e: DragEvent) => { if (files(e)) e.preventDefault() }
        const drop = (e: DragEvent) => {
            if (!files(e))
                return
            e.preventDefault()
            depth = 0
            setOver(false)
            void dropped(e).then(addFiles)
        }
        document.addEventListener('dragenter', enter)
        document.addEventListener('dragleave', leave)
        document.addEventListener('dragover', move)
        document.addEventListener('drop', drop)
        return () => {
            document.removeEventListener('dragenter', enter)
            document.removeEventListener('dragleave', leave)
            document.removeEventListener('dragover', move)
            document.removeEventListener('drop', drop)
        }
    }, [])

    const tasks = uploads.value
    return (
        <div class="upload-page">
            <div class="page-head"><h1>{s.upload.title}</h1></div>
            <input ref={input} type="file" multiple hidden accept="video/*,audio/*,.mkv,.avi,.flv,.mts,.m2ts,.ts,.mxf"
                onChange={e => {
                    const field = e.currentTarget
                    addFiles([...field.files ?? []].map(file => ({ file })))
                    field.value = ''
                }} />
            {unfinished.value.length > 0 && <Unfinished choose={choose} />}
            <div class={['drop', over && 'drop-over', tasks.length > 0 && 'drop-small'].filter(Boolean).join(' ')}>
                <span class="drop-icon"><Icon name="upload" size={tasks.length > 0 ? 22 : 34} /></span>
                <div>
                    <p class="drop-title">{over ? s.upload.dropNow : tasks.length > 0 ? s.upload.addMore : s.upload.drop}</p>
                    {tasks.length === 0 && <p class="quiet">{s.upload.dropHelp}</p>}
                </div>
                <button type="button" class={tasks.length > 0 ? 'button' : 'button button-primary'} onClick={() => void choose()}>{s.upload.choose}</button>
                {tasks.length === 0 && <p class="quiet drop-note">{s.upload.note}</p>}
            </div>
            <ul class="uploads">
                {tasks.map(task => <Item key={task.key} task={task} open={tasks.length === 1} />)}
            </ul>
            <div class="visually-hidden" role="status" aria-live="polite">{announced.value}</div>
        </div>
    )
}

async function dropped(e: DragEvent): Promise<Picked[]> {
    type WithHandle = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> }
    const items = [...e.dataTransfer?.items ?? []].filter(i => i.kind === 'file') as WithHandle[]
    // both must be asked for before the event is over
    const found = items.map(item => ({ file: item.getAsFile(), handle: item.getAsFileSystemHandle?.().catch(() => null) }))
    const picked: Picked[] = []
    for (const { file, handle } of found) {
        const h = await handle
        if (file && h?.kind !== 'directory')
            picked.push(h ? { file, handle: h as FileSystemFileHandle } : { file })
    }
    return picked
}

function Unfinished({ choose }: { choose: () => Promise<void> }) {
    const resume = async (record: Saved) => {
        if (!await resumeFromHandle(record)) {
            toast(s.upload.wrongFile(record.filename))
            await choose()
        }
    }
    return (
        <section class="panel unfinished" aria-labelledby="unfinished">
            <h2 id="unfinished">{s.upload.unfinished}</h2>
            <p class="quiet">{s.upload.unfinishedText}</p>
            <ul>
                {unfinished.value.map(record =>
                    <li key={record.key}>
                        <span class="unfinished-name">
                            <strong>{record.meta.name}</strong>
                            <span class="quiet">{record.filename} · {s.upload.unfinishedAt(formatBytes(record.sent), formatBytes(record.size))}</span>
                        </span>
                        <ProgressBar label={record.filename} percent={100 * record.sent / record.size} kind="paused" />
                        <button type="button" class="button button-small" onClick={() => void resume(record)}>
                            {record.handle ? s.upload.resumeOne : s.upload.pickAgain}
                        </button>
                        <button type="button" class="button button-small button-quiet" onClick={() => void discard(record)}>{s.upload.forget}</button>
                    </li>)}
            </ul>
        </section>
    )
}

function Item({ task, open }: { task: Task; open: boolean }) {
    const [shown, setShown] = useState<boolean | null>(null)
    const stage = task.stage.value
    const progress = task.progress.value
    const video = task.video.value
    const name = task.meta.value.name || task.file.name
    const failedLater = progress?.state.id === State.failed
    const ready = progress?.state.id === State.published && progress.percent >= 100
    const playable = progress?.playable || progress?.state.id === State.published
    const expanded = shown ?? open

    useEffect(() => { if (video) announced.value = s.upload.announceDone(name) }, [video !== null])
    useEffect(() => { if (playable) announced.value = s.upload.announcePlayable(name) }, [playable])

    const size = task.file.size
    const left = task.rate.value > 0 ? (size - task.sent.value) / task.rate.value : Infinity
    const percent = Math.floor(progress?.percent ?? 0)
    const status =
        failedLater ? s.upload.transcodeFailed
        : ready ? s.upload.done
        : stage === 'waiting' ? s.upload.waiting
        : stage === 'starting' ? s.upload.starting
        : stage === 'uploading' ? s.upload.uploading(formatBytes(task.sent.value), formatBytes(size),
            task.rate.value > 0 ? s.upload.rate(formatBytes(task.rate.value)) : '', formatLeft(left))
        : stage === 'paused' ? `${s.upload.paused} · ${s.upload.unfinishedAt(formatBytes(task.sent.value), formatBytes(size))}`
        : stage === 'retrying' ? s.upload.retrying(task.retryIn.value)
        : stage === 'finishing' ? s.upload.finishing
        : stage === 'processing' ? playable ? s.upload.watchable(percent) : percent > 0 ? s.upload.processing(percent) : s.upload.queued
        : stage === 'failed' ? s.upload.failed : s.upload.cancelled
    const bad = stage === 'failed' || failedLater
    const bar = stage === 'processing' ? progress?.percent ?? 0 : 100 * task.sent.value / size

    return (
        <li class={bad ? 'upload upload-bad' : 'upload'} data-stage={ready ? 'ready' : failedLater ? 'transcode-failed' : playable ? 'playable' : stage}>
            <div class="upload-head">
                <Preview file={task.file} />
                <div class="upload-text">
                    <h2 class="upload-name">{name}</h2>
                    <p class="upload-status">{ready && <Icon name="check" size={17} />}{bad && <Icon name="alert" size={17} />}{status}</p>
                    {!ready && !failedLater
                        && <ProgressBar label={s.upload.progress(name)} percent={bar}
                            kind={bad ? 'bad' : stage === 'paused' || stage === 'waiting' ? 'paused' : stage === 'processing' ? 'good' : 'normal'} />}
                    {progress && !ready && !failedLater && progress.rungs.length > 0
                        && <ul class="rungs">
                            {progress.rungs.map(r =>
                                <li key={r.resolution} class={r.done ? 'rung rung-done' : 'rung'}>
                                    {r.label} {r.done ? <Icon name="check" size={13} /> : <span>{Math.floor(r.percent)} %</span>}
                                </li>)}
                        </ul>}
                    {task.note.value && <p class="field-help">{task.note.value}</p>}
                    {(task.error.value ?? (failedLater ? progress.reason : null))
                        && <p class="upload-reason" role="alert">{task.error.value ?? progress?.reason}</p>}
                </div>
                <div class="upload-actions">
                    {(task.active || stage === 'waiting') && stage !== 'finishing'
                        && <button type="button" class="button button-small" onClick={() => task.pause()}><Icon name="pause" size={16} />{s.upload.pause}</button>}
                    {stage === 'paused'
                        && <button type="button" class="button button-small" onClick={() => task.resume()}><Icon name="play" size={16} />{s.upload.resume}</button>}
                    {stage === 'failed'
                        && <button type="button" class="button button-small" onClick={() => task.resume()}><Icon name="retry" size={16} />{s.upload.retry}</button>}
                    {video && playable
                        && <a class="button button-small button-primary" href={paths.watch(video)}><Icon name="play" size={16} />{s.upload.watch}</a>}
                    {video
                        ? <button type="button" class="icon-button" aria-label={s.upload.remove} title={s.upload.remove} onClick={() => removeFromList(task)}><Icon name="close" /></button>
                        : stage !== 'finishing'
                            && <button type="button" class="icon-button" aria-label={s.upload.cancel} title={s.upload.cancel} onClick={() => void task.cancel()}><Icon name="close" /></button>}
                </div>
            </div>
            {!failedLater
                && <details class="upload-details" open={expanded} onToggle={e => setShown(e.currentTarget.open)}>
                    <summary>{s.upload.details}
                        <span class="quiet" role="status">{task.saving.value === 'saved' ? s.form.savedAuto
                            : task.saving.value === 'pending' && video ? s.form.unsaved
                            : task.saving.value && task.saving.value !== 'pending' ? task.saving.value : ''}</span>
                    </summary>
                    <VideoForm meta={task.meta.value} change={part => task.edit(part)} creating={!video} />
                    {video && <p><a href={`/my-videos?edit=${video.uuid}`}>{s.upload.more}</a></p>}
                </details>}
        </li>
    )
}

/** A frame of the file itself, where the browser can read it. */
function Preview({ file }: { file: File }) {
    const canvas = useRef<HTMLCanvasElement>(null)
    const [drawn, setDrawn] = useState(false)
    useEffect(() => {
        let gone = false
        if (file.type.startsWith('video/'))
            void frameOf(file).then(frame => {
                const target = canvas.current
                if (!frame || gone || !target)
                    return
                target.width = frame.width
                target.height = frame.height
                target.getContext('2d')?.drawImage(frame, 0, 0)
                frame.close()
                setDrawn(true)
            })
        return () => { gone = true }
    }, [file])
    return (
        <span class="upload-preview" aria-hidden="true">
            <canvas ref={canvas} hidden={!drawn} />
            {!drawn && <Icon name="film" size={26} />}
        </span>
    )
}
