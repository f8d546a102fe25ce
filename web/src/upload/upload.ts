// One upload: opened, sent in pieces, resumed at will, then followed until the video is ready.
//
// Protocol: shared/api-core.md section 4. What the server has is the truth: after any doubt (an error, a
// pause, a reload) it is asked for its offset, and sending goes on from there.

import { signal } from '@preact/signals'
import { api, ApiError, messageOf, whenRefused } from '../api'
import { maxChunk, metaErrors, patchOf, type VideoMeta } from '../components/video-form'
import { backoffSeconds, clampChunk, FIRST_CHUNK, nextChunkSize, offsetFromRange } from '../lib/chunks'
import { followProgress } from '../lib/progress'
import { strings as s } from '../strings'
import type { Progress } from '../types'
import { forget, save, type Saved } from './store'

export type Stage = 'waiting' | 'starting' | 'uploading' | 'paused' | 'retrying' | 'finishing' | 'processing' | 'failed' | 'cancelled'

interface Reply { status: number; range: string | null; retryAfter: number; location: string | null; text: string }

/** The upload cannot go on by itself; the text is for the person. */
class Fatal extends Error {}

const endpoint = '/api/v1/videos/upload-resumable'

export class Upload {
    readonly stage = signal<Stage>('waiting')
    readonly sent = signal(0)
    readonly rate = signal(0)
    readonly retryIn = signal(0)
    readonly error = signal<string | null>(null)
    readonly note = signal<string | null>(null)
    readonly meta = signal<VideoMeta>(null as unknown as VideoMeta)
    readonly video = signal<{ id: number; uuid: string; shortUUID: string } | null>(null)
    readonly progress = signal<Progress | null>(null)
    /** null: nothing to save; otherwise what the autosave is doing */
    readonly saving = signal<'pending' | 'saved' | string | null>(null)

    private url: string | null
    private xhr: XMLHttpRequest | null = null
    private wake: (() => void) | null = null
    private chunk = clampChunk(FIRST_CHUNK, maxChunk())
    private attempts = 0
    private restarts = 0
    private samples: { at: number; bytes: number }[] = []
    private sentMeta = ''
    private saveTimer: ReturnType<typeof setTimeout> | undefined
    private unfollow: (() => void) | null = null
    private running = false
    private savedAt = 0

    constructor(
        readonly key: string,
        readonly file: File,
        meta: VideoMeta,
        readonly username: string,
        readonly handle: FileSystemFileHandle | undefined,
        private readonly changed: () => void,
        resume?: Saved
    ) {
        this.meta.value = meta
        this.url = resume?.url ?? null
        this.sent.value = resume?.sent ?? 0
    }

    get active(): boolean {
        return ['starting', 'uploading', 'retrying', 'finishing'].includes(this.stage.value)
    }

    edit(part: Partial<VideoMeta>): void {
        this.meta.value = { ...this.meta.value, ...part }
        this.saving.value = 'pending'
        clearTimeout(this.saveTimer)
        this.saveTimer = setTimeout(() => void this.saveMeta(), 900)
    }

    /** Runs until the last byte is there, or a person or an error stops it. Never throws. */
    async run(): Promise<void> {
        if (this.running)
            return
        this.running = true
        this.error.value = null
        try {
            await this.sendAll()
        } catch (e) {
            if (this.stage.value !== 'paused' && this.stage.value !== 'cancelled') {
                this.stage.value = 'failed'
                this.error.value = messageOf(e)
            }
        }
        this.running = false
        this.changed()
    }

    pause(): void {
        if (!this.active && this.stage.value !== 'waiting')
            return
        this.stage.value = 'paused'
        this.xhr?.abort()
        this.wake?.()
        this.changed()
    }

    /** Back into the queue. */
    resume(): void {
        if (this.stage.value !== 'paused' && this.stage.value !== 'failed')
            return
        this.attempts = 0
        this.error.value = null
        this.stage.value = 'waiting'
        this.changed()
    }

    async cancel(): Promise<void> {
        this.stage.value = 'cancelled'
        this.xhr?.abort()
        this.wake?.()
        this.unfollow?.()
        await forget(this.key)
        if (this.url && !this.video.value)
            await this.request('DELETE', this.url, {}).catch(() => undefined)
        this.changed()
    }

    private stopped(): boolean {
        return this.stage.value === 'paused' || this.stage.value === 'cancelled'
    }

    private async sendAll(): Promise<void> {
        this.stage.value = 'starting'
        let offset = 0
        let known = false
        while (!this.stopped()) {
            try {
                if (!this.url) {
                    offset = await this.open()
                    known = true
                } else if (!known) {
                    const asked = await this.askOffset()
                    if (asked === 'done')
                        return
                    if (asked === 'gone')
                        continue
                    offset = asked
                    known = true
                }
                this.sent.value = offset
                this.stage.value = 'uploading'
                const reply = await this.sendChunk(offset)
                if (reply.status === 308) {
                    const next = offsetFromRange(reply.range)
                    this.attempts = next > offset ? 0 : this.attempts + 1
                    if (this.attempts > 5)
                        throw new Fatal(s.error.network)
                    offset = next
                    void this.remember(false)
                } else if (this.settle(reply)) {
                    return
                } else {
                    known = false
                }
            } catch (e) {
                if (this.stopped())
                    return
                if (e instanceof Fatal || (e instanceof ApiError && e.status >= 400 && e.status < 500 && e.status !== 429 && e.status !== 408))
                    throw e
                await this.readable()
                known = false
                await this.waitBeforeRetry(e instanceof ApiError ? e.retryAfter : null)
            }
        }
    }

    /** POST: the server checks size, quota and channel before any byte is sent. */
    private async open(): Promise<number> {
        const meta = this.meta.value
        if (!meta.channelId)
            throw new Fatal(s.upload.channelMissing)
        const body: Record<string, unknown> = {
            ...patchOf(meta), waitTranscoding: meta.waitTranscoding ?? false, filename: this.file.name, originalName: this.file.name, lastModified: this.file.lastModified
        }
        if (metaErrors(meta).name)
            body['name'] = this.file.name.slice(0, 120).padEnd(3, '.')
        if (metaErrors(meta).tags)
            delete body['tags']
        for (const key of Object.keys(body))
            if (body[key] === null)
                delete body[key]
        const reply = await this.request('POST', endpoint, {
            'Content-Type': 'application/json',
            'X-Upload-Content-Length': String(this.file.size),
            'X-Upload-Content-Type': this.file.type || 'application/octet-stream'
        }, JSON.stringify(body))
        if (reply.status !== 201 && reply.status !== 200)
            throw this.failure(reply)
        const at = reply.location && new URL(reply.location, location.origin + endpoint)
        if (!at)
            throw new Fatal(s.error.status(reply.status))
        // only the query counts: behind a proxy the host may be written differently
        this.url = endpoint + at.search
        this.sentMeta = JSON.stringify(meta)
        await this.remember(true)
        return reply.status === 200 ? offsetFromRange(reply.range) : 0
    }

    private async askOffset(): Promise<number | 'done' | 'gone'> {
        const reply = await this.request('PUT', this.url ?? '', {
            'Content-Type': 'application/octet-stream', 'Content-Range': `bytes */${this.file.size}`
        })
        if (reply.status === 308)
            return offsetFromRange(reply.range)
        return this.settle(reply) ? 'done' : 'gone'
    }

    private async sendChunk(offset: number): Promise<Reply> {
        const end = Math.min(this.file.size, offset + this.chunk)
        const last = end === this.file.size
        if (last && this.sentMeta && JSON.stringify(this.meta.value) !== this.sentMeta)
            await this.reopen()
        const started = performance.now()
        this.samples = [{ at: started, bytes: offset }]
        const reply = await this.request('PUT', this.url ?? '', {
            'Content-Type': 'application/octet-stream', 'Content-Range': `bytes ${offset}-${end - 1}/${this.file.size}`
        }, this.file.slice(offset, end), sent => {
            this.sent.value = offset + sent
            this.measure(offset + sent)
            if (last && offset + sent >= end)
                this.stage.value = 'finishing'
        })
        if (reply.status === 308)
            this.chunk = nextChunkSize(this.chunk, (performance.now() - started) / 1000, maxChunk())
        return reply
    }

    /** The details changed since the upload was opened: the same POST again tells the server, before the
     *  last byte makes it a video. One that keeps the first answer is told by PUT afterwards. */
    private async reopen(): Promise<void> {
        const before = this.url
        await this.open().catch(() => undefined)
        this.url = before
    }

    /** Answers that are not 308. True: the video exists. False: ask for the offset and go on. */
    private settle(reply: Reply): boolean {
        if (reply.status === 200) {
            const { video } = JSON.parse(reply.text) as { video: { id: number; uuid: string; shortUUID: string } }
            this.finished(video)
            return true
        }
        if (reply.status === 404 || reply.status === 410) {
            if (this.restarts++ > 1)
                throw new Fatal(s.upload.expired)
            this.url = null
            this.note.value = this.sent.value > 0 ? s.upload.expired : null
            this.sent.value = 0
            return false
        }
        if ((reply.status === 409 || reply.status === 460) && this.attempts++ < 5)
            return false
        throw this.failure(reply)
    }

    private finished(video: { id: number; uuid: string; shortUUID: string }): void {
        this.sent.value = this.file.size
        this.video.value = video
        this.stage.value = 'processing'
        this.note.value = null
        void forget(this.key)
        if (JSON.stringify(this.meta.value) !== this.sentMeta)
            void this.saveMeta()
        this.unfollow = followProgress(video.uuid, p => { this.progress.value = p })
    }

    private async saveMeta(): Promise<void> {
        const video = this.video.value
        if (!video) {
            await this.remember(true)
            return
        }
        const meta = this.meta.value
        if (Object.keys(metaErrors(meta)).length > 0) {
            this.saving.value = null
            return
        }
        this.saving.value = 'pending'
        try {
            await api.updateVideo(video.uuid, patchOf(meta))
            this.sentMeta = JSON.stringify(meta)
            this.saving.value = 'saved'
        } catch (e) {
            this.saving.value = messageOf(e)
        }
    }

    private async remember(now: boolean): Promise<void> {
        if (!this.url || this.video.value || this.stage.value === 'cancelled' || (!now && Date.now() - this.savedAt < 2000))
            return
        this.savedAt = Date.now()
        await save({
            key: this.key, username: this.username, url: this.url, filename: this.file.name, size: this.file.size,
            type: this.file.type, lastModified: this.file.lastModified, sent: this.sent.value, updatedAt: Date.now(),
            meta: this.meta.value, ...this.handle && { handle: this.handle }
        })
    }

    private measure(bytes: number): void {
        const now = performance.now()
        this.samples.push({ at: now, bytes })
        while (this.samples.length > 2 && now - (this.samples[0]?.at ?? now) > 5000)
            this.samples.shift()
        const first = this.samples[0]
        if (first && now - first.at > 300) {
            const current = (bytes - first.bytes) / ((now - first.at) / 1000)
            this.rate.value = this.rate.value > 0 ? this.rate.value * 0.8 + current * 0.2 : current
        }
    }

    /** A file that changed or vanished looks like a lost connection to the sender: look at it. */
    private async readable(): Promise<void> {
        try {
            await this.file.slice(0, 1).arrayBuffer()
        } catch {
            throw new Fatal(s.upload.fileChanged)
        }
    }

    private async waitBeforeRetry(asked: number | null): Promise<void> {
        this.attempts++
        this.stage.value = 'retrying'
        const until = Date.now() + 1000 * (asked ?? backoffSeconds(this.attempts))
        for (;;) {
            const left = until - Date.now()
            if (left <= 0 || this.stopped())
                return
            this.retryIn.value = Math.ceil(left / 1000)
            await new Promise<void>(resolve => {
                const awake = () => {
                    clearTimeout(timer)
                    removeEventListener('online', online)
                    this.wake = null
                    resolve()
                }
                const online = () => { this.attempts = 0; awake() }
                const timer = setTimeout(awake, Math.min(1000, left))
                this.wake = awake
                addEventListener('online', online)
            })
            if (navigator.onLine && this.attempts === 0)
                return
        }
    }

    private failure(reply: Reply): Error {
        let code = ''
        let detail = ''
        try {
            const body = JSON.parse(reply.text)
            code = String(body.code ?? body.error?.code ?? '')
            detail = String(body.detail ?? body.error?.message ?? body.title ?? '')
        } catch { /* the status has to do */ }
        if (reply.status === 401) {
            void whenRefused.act?.()
            return new Fatal(s.login.ended)
        }
        if (code === 'quota_reached')
            return new Fatal(s.upload.quota)
        if (code === 'max_file_size_reached' || (reply.status === 413 && !detail))
            return new Fatal(s.upload.tooLarge)
        return new ApiError(reply.status, code, detail || s.error.status(reply.status), reply.retryAfter || null)
    }

    private request(method: string, url: string, headers: Record<string, string>, body?: Blob | string,
        onSent?: (bytes: number) => void): Promise<Reply> {
        return new Promise((resolve, reject) => {
            const xhr = new XMLHttpRequest()
            if (method !== 'DELETE')
                this.xhr = xhr
            xhr.open(method, url)
            for (const [name, value] of Object.entries(headers))
                xhr.setRequestHeader(name, value)
            if (onSent)
                xhr.upload.onprogress = e => onSent(e.loaded)
            xhr.onload = () => {
                const reply: Reply = {
                    status: xhr.status, range: xhr.getResponseHeader('Range'), location: xhr.getResponseHeader('Location'),
                    retryAfter: Number(xhr.getResponseHeader('Retry-After')) || 0, text: xhr.responseText
                }
                // what passes by itself is an exception here, and tried again by the caller
                if (reply.status === 0 || reply.status >= 500 && reply.status !== 507 || reply.status === 429 || reply.status === 408)
                    reject(this.failure(reply))
                else
                    resolve(reply)
            }
            xhr.onerror = () => reject(new ApiError(0, 'network', s.error.network))
            xhr.onabort = () => reject(new ApiError(0, 'aborted', ''))
            xhr.send(body ?? null)
        })
    }
}
