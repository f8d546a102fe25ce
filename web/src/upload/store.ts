// Unfinished uploads, remembered across reloads (IndexedDB, because it can hold file handles).

import type { VideoMeta } from '../components/video-form'

export interface Saved {
    key: string
    /** the account it belongs to: another person at this browser must not see it */
    username: string
    url: string
    filename: string
    size: number
    type: string
    lastModified: number
    sent: number
    updatedAt: number
    meta: VideoMeta
    handle?: FileSystemFileHandle
}

function open(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open('zoetrope', 1)
        request.onupgradeneeded = () => request.result.createObjectStore('uploads', { keyPath: 'key' })
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
    })
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const db = await open()
    try {
        return await new Promise<T>((resolve, reject) => {
            const request = act(db.transaction('uploads', mode).objectStore('uploads'))
            request.onsuccess = () => resolve(request.result)
            request.onerror = () => reject(request.error)
        })
    } finally {
        db.close()
    }
}

/** Without IndexedDB (private windows) uploads work, they are only not remembered. */
export async function save(record: Saved): Promise<void> {
    try {
        await run('readwrite', store => store.put(record))
    } catch {
        if (record.handle) {
            const { handle: _, ...plain } = record
            await run('readwrite', store => store.put(plain)).catch(() => undefined)
        }
    }
}

export async function forget(key: string): Promise<void> {
    await run('readwrite', store => store.delete(key)).catch(() => undefined)
}

/** The server keeps the bytes for a day. */
const KEPT_MS = 24 * 3600 * 1000

export async function remembered(username: string): Promise<Saved[]> {
    const all = await run('readonly', store => store.getAll() as IDBRequest<Saved[]>).catch(() => [] as Saved[])
    const fresh = all.filter(r => Date.now() - r.updatedAt < KEPT_MS)
    for (const old of all)
        if (!fresh.includes(old))
            void forget(old.key)
    return fresh.filter(r => r.username === username).sort((a, b) => b.updatedAt - a.updatedAt)
}
