// All uploads of this page, one sending at a time: together they would be no faster, and the first would be
// ready later. They live here, not in the upload page, so that one may look around meanwhile.

import { signal } from '@preact/signals'
import { nameFromFile, newMeta } from '../components/video-form'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import { forget, remembered, type Saved } from './store'
import { Upload } from './upload'

export const uploads = signal<Upload[]>([])
export const unfinished = signal<Saved[]>([])

export interface Picked { file: File; handle?: FileSystemFileHandle }

const media = /\.(mp4|m4v|mov|qt|webm|mkv|mk3d|avi|wmv|asf|flv|f4v|mpe?g|m2v|m2ts?|mts|ts|vob|3gpp?|3g2|ogv|ogg|oga|opus|mxf|nut|divx|mp3|m4a|aac|flac|wav|wma|aiff?|ac3|dv|gif)$/i

export function addFiles(picked: Picked[]): void {
    const me = user.value
    if (!me)
        return
    const added: Upload[] = []
    for (const { file, handle } of picked) {
        if (!/^(video|audio)\//.test(file.type) && !media.test(file.name)) {
            toast(s.upload.notVideo(file.name), 'error')
            continue
        }
        if (file.size === 0) {
            toast(s.upload.empty(file.name), 'error')
            continue
        }
        const twice = uploads.value.some(u => same(u.file, file) && u.stage.value !== 'cancelled' && u.stage.value !== 'failed')
        if (twice)
            continue
        const saved = unfinished.value.find(r => r.filename === file.name && r.size === file.size && r.lastModified === file.lastModified)
        if (saved)
            unfinished.value = unfinished.value.filter(r => r !== saved)
        added.push(new Upload(saved?.key ?? crypto.randomUUID(), file, saved?.meta ?? newMeta(nameFromFile(file.name)),
            me.username, handle ?? saved?.handle, pump, saved))
    }
    uploads.value = [...uploads.value, ...added]
    pump()
}

const same = (a: File, b: File) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified

function pump(): void {
    uploads.value = uploads.value.filter(u => u.stage.value !== 'cancelled')
    if (uploads.value.some(u => u.active))
        return
    const next = uploads.value.find(u => u.stage.value === 'waiting')
    if (next)
        void next.run()
}

export function removeFromList(upload: Upload): void {
    uploads.value = uploads.value.filter(u => u !== upload)
}

export async function loadUnfinished(): Promise<void> {
    const me = user.value
    if (!me)
        return
    const open = new Set(uploads.value.map(u => u.key))
    unfinished.value = (await remembered(me.username)).filter(r => !open.has(r.key))
}

export async function discard(record: Saved): Promise<void> {
    unfinished.value = unfinished.value.filter(r => r.key !== record.key)
    await forget(record.key)
    await fetch(record.url, { method: 'DELETE', credentials: 'same-origin' }).catch(() => undefined)
}

/** One click, where the browser kept a handle to the file; false when it has to be chosen again. */
export async function resumeFromHandle(record: Saved): Promise<boolean> {
    const handle = record.handle as (FileSystemFileHandle & { requestPermission?: (o: object) => Promise<string> }) | undefined
    if (!handle)
        return false
    try {
        if (handle.requestPermission && await handle.requestPermission({ mode: 'read' }) !== 'granted')
            return false
        const file = await handle.getFile()
        if (file.size !== record.size || file.lastModified !== record.lastModified)
            return false
        addFiles([{ file, handle }])
        return true
    } catch {
        return false
    }
}

addEventListener('beforeunload', event => {
    if (uploads.value.some(u => u.active || u.stage.value === 'waiting'))
        event.preventDefault()
})
