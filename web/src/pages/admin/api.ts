// The parts of the API that only administrators and moderators use.

import { call, query, type ListQuery } from '../../api'
import type { Actor, Comment, Page, User } from '../../types'

export interface AdminUser extends User {
    blocked: boolean
    blockedReason?: string | null
    createdAt: string
    lastLoginDate?: string | null
    videoQuotaDaily?: number
}

export interface SiteFollow {
    id: number
    state: 'pending' | 'accepted' | 'rejected'
    follower: Actor
    following: Actor
    createdAt: string
}

export interface FailingHost {
    host: string
    failures: number
    failingSince: string
    retryAfter: string | null
    waiting: number
}
/** Counts of what was done are since the server's start. */
export interface FederationState {
    enabled: boolean
    mode: 'open' | 'allow-list'
    deliveries: { waiting: number; delivered: number; retried: number; dropped: number; hostsSetAside: number }
    incoming: { waiting: number; done: number; ignored: number; retried: number; givenUp: number }
    failingHosts: FailingHost[]
}

export interface AllowedHost { host: string; createdAt: string }

/** A deleted one keeps its name only. */
type ReportedVideo = { name: string; deleted: boolean; shortUUID?: string }

export interface Report {
    id: number
    reason: string
    predefinedReasons?: string[]
    reporterAccount: Actor | null
    flaggedAccount: Actor | null
    state: { id: number; label: string }
    moderationComment: string | null
    createdAt: string
    video?: ReportedVideo | null
    comment?: (Partial<Comment> & { deleted: boolean; video: ReportedVideo }) | null
}

export interface Worker {
    id: number
    name: string
    ip: string | null
    build: string | null
    createdAt: string
    lastContact: string | null
    running: number
    tasksDone: number
    tasksFailed: number
    workSeconds: number
}

const id = encodeURIComponent

export const admin = {
    users: (q: ListQuery, signal?: AbortSignal) => call<Page<AdminUser>>('GET', `/users${query({ ...q })}`, undefined, signal),
    createUser: (body: Record<string, unknown>) => call<unknown>('POST', '/users', body),
    updateUser: (user: number, body: Record<string, unknown>) => call<void>('PUT', `/users/${user}`, body),
    deleteUser: (user: number) => call<void>('DELETE', `/users/${user}`),
    blockUser: (user: number, reason: string) => call<void>('POST', `/users/${user}/block`, reason ? { reason } : {}),
    unblockUser: (user: number) => call<void>('POST', `/users/${user}/unblock`),

    reports: (q: ListQuery, signal?: AbortSignal) => call<Page<Report>>('GET', `/abuses${query({ ...q })}`, undefined, signal),
    /** state: 2 rejected, 3 accepted */
    settleReport: (report: number, state: number, moderationComment: string) =>
        call<void>('PUT', `/abuses/${report}`, { state, ...moderationComment && { moderationComment } }),
    deleteReport: (report: number) => call<void>('DELETE', `/abuses/${report}`),

    followers: (q: ListQuery, signal?: AbortSignal) => call<Page<SiteFollow>>('GET', `/server/followers${query({ ...q })}`, undefined, signal),
    acceptFollower: (handle: string) => call<void>('POST', `/server/followers/${id(handle)}/accept`),
    rejectFollower: (handle: string) => call<void>('POST', `/server/followers/${id(handle)}/reject`),
    removeFollower: (handle: string) => call<void>('DELETE', `/server/followers/${id(handle)}`),
    following: (q: ListQuery, signal?: AbortSignal) => call<Page<SiteFollow>>('GET', `/server/following${query({ ...q })}`, undefined, signal),
    follow: (hosts: string[], handles: string[]) => call<void>('POST', '/server/following', { hosts, handles }),
    unfollow: (hostOrHandle: string) => call<void>('DELETE', `/server/following/${id(hostOrHandle)}`),

    workers: (q: ListQuery, signal?: AbortSignal) => call<Page<Worker>>('GET', `/runners${query({ ...q })}`, undefined, signal),
    createWorker: (name: string) => call<{ id: number; runnerToken: string }>('POST', '/runners', { name }),
    renameWorker: (worker: number, name: string) => call<void>('PUT', `/runners/${worker}`, { name }),
    revokeWorker: (worker: number) => call<void>('DELETE', `/runners/${worker}`),

    federation: (signal?: AbortSignal) => call<FederationState>('GET', '/server/federation', undefined, signal),
    retryHost: (host: string) => call<void>('POST', `/server/federation/hosts/${id(host)}/retry`),

    allowed: (q: ListQuery, signal?: AbortSignal) => call<Page<AllowedHost>>('GET', `/server/allowlist${query({ ...q })}`, undefined, signal),
    allowHost: (host: string) => call<void>('POST', '/server/allowlist', { host }),
    disallowHost: (host: string) => call<void>('DELETE', `/server/allowlist/${id(host)}`)
}
