// Calls to our own server. The session is an HttpOnly cookie, so nothing here knows a token.

import type {
    Actor, BlockedAccount, BlockedServer, Caption, Chapter, Comment, CommentTree, Config, Label, Notifications, Page,
    Progress, Rating, Resolved, Session, Storyboard, Threads, User, Video, VideoDetails
} from './types'
import { strings } from './strings'

export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
        /** from Retry-After, when the server asked for a pause */
        readonly retryAfter: number | null = null
    ) {
        super(message)
    }
}

/** A 401 may mean that the session is over; state.ts finds out. */
export const whenRefused: { act: (() => Promise<void>) | null } = { act: null }

async function problem(response: Response): Promise<ApiError> {
    let code = ''
    let detail = ''
    try {
        const body = await response.json()
        code = String(body.code ?? body.error?.code ?? '')
        detail = String(body.detail ?? body.title ?? body.error?.message ?? body.error ?? '')
    } catch { /* not JSON: the status has to do */ }
    const after = Number(response.headers.get('Retry-After'))
    return new ApiError(response.status, code, detail || strings.error.status(response.status),
        Number.isFinite(after) && after > 0 ? after : null)
}

export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    let response: Response
    try {
        response = await fetch(`/api/v1${path}`, {
            method,
            credentials: 'same-origin',
            headers: body === undefined || body instanceof FormData ? { Accept: 'application/json' }
                : { Accept: 'application/json', 'Content-Type': 'application/json' },
            body: body === undefined ? null : body instanceof FormData ? body : JSON.stringify(body),
            signal: signal ?? null
        })
    } catch (e) {
        if (e instanceof DOMException && e.name === 'AbortError')
            throw e
        throw new ApiError(0, 'network', strings.error.network)
    }
    if (!response.ok) {
        if (response.status === 401 && !path.startsWith('/users/me?') && !path.startsWith('/session'))
            void whenRefused.act?.()
        throw await problem(response)
    }
    const text = await response.text()
    return (text ? JSON.parse(text) : undefined) as T
}

/** A form with files. */
export async function sendForm(method: string, path: string, form: FormData): Promise<void> {
    let response: Response
    try {
        response = await fetch(`/api/v1${path}`, { method, credentials: 'same-origin', headers: { Accept: 'application/json' }, body: form })
    } catch {
        throw new ApiError(0, 'network', strings.error.network)
    }
    if (!response.ok) {
        if (response.status === 401)
            void whenRefused.act?.()
        throw await problem(response)
    }
}

export function query(params: Record<string, string | number | boolean | undefined>): string {
    const search = new URLSearchParams()
    for (const [key, value] of Object.entries(params))
        if (value !== undefined && value !== '')
            search.set(key, String(value))
    const text = search.toString()
    return text ? `?${text}` : ''
}

export interface ListQuery { start: number; count: number; sort?: string; search?: string; isLocal?: boolean }
export type VideoPatch = Record<string, unknown>

const id = encodeURIComponent

export const api = {
    config: () => call<Config>('GET', '/config'),
    login: (username: string, password: string) => call<User>('POST', '/session', { username, password }),
    logout: () => call<void>('DELETE', '/session'),
    me: () => call<User>('GET', '/users/me?client=web'),
    sessions: (user: number) => call<Page<Session>>('GET', `/users/${user}/token-sessions?count=50`),
    endSession: (user: number, session: number) => call<void>('POST', `/users/${user}/token-sessions/${session}/revoke`),
    deleteMe: () => call<void>('DELETE', '/users/me'),
    updateMe: (patch: Record<string, unknown>) => call<void>('PUT', '/users/me', patch),
    /** A new avatar or banner; what is there is removed by dropPicture. */
    sendPicture: (path: string, field: string, file: File) => {
        const form = new FormData()
        form.append(field, file, file.name)
        return call<unknown>('POST', path, form)
    },
    dropPicture: (path: string) => call<void>('DELETE', path),
    updateNotificationSettings: (patch: Record<string, number>) => call<void>('PUT', '/users/me/notification-settings', patch),
    register: (body: Record<string, unknown>) => call<void>('POST', '/users/register', body),

    videos: (q: ListQuery, signal?: AbortSignal) => call<Page<Video>>('GET', `/videos${query({ ...q })}`, undefined, signal),
    searchVideos: (q: ListQuery, signal?: AbortSignal) =>
        call<Page<Video>>('GET', `/search/videos${query({ ...q })}`, undefined, signal),
    myVideos: (q: ListQuery, signal?: AbortSignal) =>
        call<Page<Video>>('GET', `/users/me/videos${query({ ...q })}`, undefined, signal),
    accountVideos: (name: string, q: ListQuery, signal?: AbortSignal) =>
        call<Page<Video>>('GET', `/accounts/${id(name)}/videos${query({ ...q })}`, undefined, signal),
    channelVideos: (name: string, q: ListQuery, signal?: AbortSignal) =>
        call<Page<Video>>('GET', `/video-channels/${id(name)}/videos${query({ ...q })}`, undefined, signal),
    account: (name: string) => call<Actor>('GET', `/accounts/${id(name)}`),
    channel: (name: string) => call<Actor>('GET', `/video-channels/${id(name)}`),

    video: (v: string, signal?: AbortSignal) => call<VideoDetails>('GET', `/videos/${id(v)}`, undefined, signal),
    updateVideo: (v: string, patch: VideoPatch) => call<void>('PUT', `/videos/${id(v)}`, patch),
    deleteVideo: (v: string) => call<void>('DELETE', `/videos/${id(v)}`),
    captions: (v: string) => call<Page<Caption>>('GET', `/videos/${id(v)}/captions`),
    chapters: (v: string) => call<{ chapters: Chapter[] }>('GET', `/videos/${id(v)}/chapters`),
    storyboards: (v: string) => call<{ storyboards: Storyboard[] }>('GET', `/videos/${id(v)}/storyboards`),
    progress: (v: string) => call<Progress>('GET', `/videos/${id(v)}/progress`),
    progressEvents: (v: string) => `/api/v1/videos/${id(v)}/progress/events`,
    view: (v: string, currentTime: number, viewEvent?: 'seek') =>
        call<void>('POST', `/videos/${id(v)}/views`, { currentTime, ...viewEvent && { viewEvent } }),
    choices: (kind: 'categories' | 'licences' | 'languages' | 'privacies') =>
        call<Record<string, string>>('GET', `/videos/${kind}`),

    searchChannels: (q: ListQuery, signal?: AbortSignal) =>
        call<Page<Actor>>('GET', `/search/video-channels${query({ ...q })}`, undefined, signal),
    createChannel: (body: Record<string, unknown>) => call<unknown>('POST', '/video-channels', body),
    updateChannel: (name: string, body: Record<string, unknown>) => call<void>('PUT', `/video-channels/${id(name)}`, body),
    deleteChannel: (name: string) => call<void>('DELETE', `/video-channels/${id(name)}`),
    accountChannels: (name: string) => call<Page<Actor>>('GET', `/accounts/${id(name)}/video-channels?count=50`),

    threads: (v: string, q: ListQuery, signal?: AbortSignal) =>
        call<Threads>('GET', `/videos/${id(v)}/comment-threads${query({ ...q })}`, undefined, signal),
    thread: (v: string, thread: number) => call<CommentTree>('GET', `/videos/${id(v)}/comment-threads/${thread}`),
    comment: (v: string, text: string) =>
        call<{ comment: Comment }>('POST', `/videos/${id(v)}/comment-threads`, { text }),
    reply: (v: string, to: number, text: string) =>
        call<{ comment: Comment }>('POST', `/videos/${id(v)}/comments/${to}`, { text }),
    editComment: (v: string, comment: number, text: string) =>
        call<void>('PUT', `/videos/${id(v)}/comments/${comment}`, { text }),
    deleteComment: (v: string, comment: number) => call<void>('DELETE', `/videos/${id(v)}/comments/${comment}`),
    approveComment: (v: string, comment: number) => call<void>('POST', `/videos/${id(v)}/comments/${comment}/approve`),
    commentEvents: (v: string) => `/api/v1/videos/${id(v)}/comments/events`,

    rating: (v: string) => call<{ rating: Rating; shared?: boolean }>('GET', `/users/me/videos/${id(v)}/rating`),
    share: (v: string, on: boolean) => call<void>(on ? 'PUT' : 'DELETE', `/videos/${id(v)}/share`),
    rate: (v: string, rating: Rating) => call<void>('PUT', `/videos/${id(v)}/rate`, { rating }),

    subscriptions: (q: ListQuery, signal?: AbortSignal) =>
        call<Page<Actor>>('GET', `/users/me/subscriptions${query({ ...q })}`, undefined, signal),
    subscribedAccounts: (q: ListQuery, signal?: AbortSignal) =>
        call<Page<Actor>>('GET', `/users/me/subscriptions/accounts${query({ ...q })}`, undefined, signal),
    subscriptionVideos: (q: ListQuery, signal?: AbortSignal) =>
        call<Page<Video>>('GET', `/users/me/subscriptions/videos${query({ ...q })}`, undefined, signal),
    subscribed: async (handle: string) =>
        (await call<Record<string, boolean>>('GET', `/users/me/subscriptions/exist${query({ uris: handle })}`))[handle] ?? false,
    subscribe: (handle: string) => call<void>('POST', '/users/me/subscriptions', { uri: handle }),
    unsubscribe: (handle: string) => call<void>('DELETE', `/users/me/subscriptions/${id(handle)}`),

    notifications: (q: { start: number; count: number; unread?: boolean }, signal?: AbortSignal) =>
        call<Notifications>('GET', `/users/me/notifications${query({ ...q })}`, undefined, signal),
    readNotifications: (ids: number[]) => call<void>('POST', '/users/me/notifications/read', { ids }),
    readAllNotifications: () => call<void>('POST', '/users/me/notifications/read-all'),

    /** Where the person of this handle can follow, like or answer the thing with this id. */
    interact: (handle: string, uri: string, action: 'follow' | 'like' | 'reply') =>
        call<{ url: string }>('POST', '/interact', { handle, uri, action }),
    /** What a handle or an address names, here or elsewhere. */
    resolve: (uri: string, signal?: AbortSignal) => call<Resolved>('GET', `/resolve${query({ uri })}`, undefined, signal),
    report: (body: Record<string, unknown>) => call<unknown>('POST', '/abuses', body)
}

/** Blocks by oneself (`/users/me`) or by the site (`/server`). */
export function blocklist(base: '/users/me' | '/server') {
    const path = `${base}/blocklist`
    return {
        accounts: (q: ListQuery, signal?: AbortSignal) =>
            call<Page<BlockedAccount>>('GET', `${path}/accounts${query({ ...q })}`, undefined, signal),
        servers: (q: ListQuery, signal?: AbortSignal) =>
            call<Page<BlockedServer>>('GET', `${path}/servers${query({ ...q })}`, undefined, signal),
        blockAccount: (accountName: string) => call<void>('POST', `${path}/accounts`, { accountName }),
        unblockAccount: (handle: string) => call<void>('DELETE', `${path}/accounts/${id(handle)}`),
        blockServer: (host: string) => call<void>('POST', `${path}/servers`, { host }),
        unblockServer: (host: string) => call<void>('DELETE', `${path}/servers/${id(host)}`)
    }
}

/** The lists behind the select boxes hardly ever change: asked once per visit. */
const cached = new Map<string, Promise<Label<string>[]>>()
export function choices(kind: 'categories' | 'licences' | 'languages' | 'privacies'): Promise<Label<string>[]> {
    let list = cached.get(kind)
    if (!list) {
        list = api.choices(kind).then(map => Object.entries(map).map(([key, label]) => ({ id: key, label })))
        list.catch(() => cached.delete(kind))
        cached.set(kind, list)
    }
    return list
}

export function messageOf(e: unknown): string {
    return e instanceof Error ? e.message : String(e)
}
