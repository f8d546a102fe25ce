// What the API answers, as far as the client reads it (shared/api-core.md, section 6).

export interface Label<T = number> { id: T | null; label: string }
export interface Image { path?: string; fileUrl?: string; width: number; height?: number }
export interface Thumbnail { width: number; height: number; fileUrl: string }

export interface Actor {
    id: number
    name: string
    displayName: string
    host: string
    url?: string
    avatars?: Image[]
    banners?: Image[]
    description?: string | null
    followersCount?: number
    createdAt?: string
    isLocal?: boolean
    support?: string | null
    ownerAccount?: Actor
}

export interface Video {
    id: number
    uuid: string
    shortUUID: string
    /** its ActivityPub id, wherever it lives */
    url?: string
    name: string
    /** told to its owner: why it failed, or what its file lacks */
    failureReason?: string | null
    description: string | null
    truncatedDescription?: string | null
    duration: number
    aspectRatio?: number | null
    views: number
    likes?: number
    dislikes?: number
    comments?: number
    nsfw: boolean
    isLive?: boolean
    isLocal?: boolean
    privacy: Label
    category: Label
    licence: Label
    language: Label<string>
    thumbnailPath?: string | null
    previewPath?: string | null
    thumbnails?: Thumbnail[]
    createdAt: string
    updatedAt: string
    publishedAt: string
    originallyPublishedAt?: string | null
    account: Actor
    channel: Actor
    state?: Label
}

export interface VideoFile {
    resolution: { id: number; label: string }
    width?: number
    height?: number
    size: number
    fps: number
    fileUrl: string
    fileDownloadUrl?: string
    hasAudio?: boolean
    hasVideo?: boolean
    playlistUrl?: string
}

export interface VideoDetails extends Video {
    tags: string[]
    /** Zoetrope's own: the description's Markdown as sanitised HTML */
    descriptionHtml?: string | null
    support?: string | null
    commentsPolicy?: Label
    downloadEnabled?: boolean
    files: VideoFile[]
    streamingPlaylists: { id: number; type: number; playlistUrl: string; files: VideoFile[] }[]
}

export interface Page<T> { total: number; data: T[] }

export type Rating = 'like' | 'dislike' | 'none'

export interface Comment {
    id: number
    /** its page or ActivityPub id, wherever it lives */
    url: string
    /** Markdown as typed here; HTML of one from elsewhere */
    text: string
    html?: string
    /** a content warning */
    summary?: string | null
    threadId: number
    inReplyToCommentId: number | null
    createdAt: string
    updatedAt: string
    deletedAt: string | null
    isDeleted: boolean
    heldForReview?: boolean
    totalReplies: number
    totalRepliesFromVideoAuthor?: number
    likes?: number
    /** null: deleted, or gone */
    account: Actor | null
}
export interface CommentTree { comment: Comment; children: CommentTree[] }
export interface Threads extends Page<Comment> { totalNotDeletedComments?: number }

/** `path`: of its page here. */
export interface Resolved {
    kind: 'video' | 'comment' | 'channel' | 'account' | 'site'
    path: string
    video?: { uuid: string; shortUUID: string; name: string }
    comment?: Comment
    actor?: Actor
}

export interface Notification {
    id: number
    type: number
    read: boolean
    createdAt: string
    comment?: {
        id: number; threadId: number; account: Actor | null; heldForReview?: boolean
        video: { id: number; uuid: string; shortUUID: string; name: string }
    }
    actorFollow?: {
        id: number; state?: string; follower: Actor | null
        following: { type: string; name: string; displayName: string; host: string }
    }
    /** state: 1 open, 2 rejected, 3 accepted */
    abuse?: { id: number; state: number; kind: 'video' | 'comment' | 'account'; reporterAccount: Actor | null }
    video?: { id: number; uuid: string; shortUUID: string; name: string; channel?: Actor | null }
}
export interface Notifications extends Page<Notification> { unread?: number }

export interface BlockedAccount { blockedAccount: Actor; createdAt: string }
export interface BlockedServer { blockedServer: { host: string }; createdAt: string }

export interface User {
    id: number
    username: string
    email: string | null
    role: { id: number; label: string }
    account: Actor
    videoChannels: Actor[]
    notificationSettings?: Record<string, number>
    videoQuota: number
    videoQuotaUsed?: number
}

export interface Session {
    id: number
    currentSession: boolean
    loginDevice: string | null
    loginIP: string | null
    loginDate: string
    lastActivityDevice?: string | null
    lastActivityIP?: string | null
    lastActivityDate?: string | null
    /** false: a token of an app */
    isCookie?: boolean
}

export interface Config {
    serverVersion?: string
    instance: { name: string; shortDescription?: string; description?: string; terms?: string }
    signup: { allowed: boolean; allowedForCurrentIP?: boolean; requiresEmailVerification?: boolean }
    client?: { videos?: { resumableUpload?: { maxChunkSize?: number } } }
    video?: { file?: { extensions?: string[] } }
    user?: { videoQuota?: number }
    federation?: { enabled: boolean }
    search?: { remoteUri?: { users: boolean; anonymous: boolean } }
    views?: { videos?: { watchingInterval?: { anonymous?: number; users?: number } } }
}

export interface Rung { resolution: number; label: string; percent: number; playable: boolean; done: boolean }

export interface Progress {
    state: Label
    percent: number
    readyMs: number
    durationMs: number
    playable: boolean
    rungs: Rung[]
    reason: string | null
}

export interface Caption {
    language: { id: string; label: string }
    automaticallyGenerated?: boolean
    captionPath?: string | null
    fileUrl?: string | null
}

export interface Chapter { timecode: number; title: string }

export interface Storyboard {
    storyboardPath?: string
    fileUrl?: string
    totalWidth: number
    totalHeight: number
    spriteWidth: number
    spriteHeight: number
    spriteDuration: number
    /** of this server: when the first sprite is, and how many there are; the first sheet shows the whole video */
    startTime?: number
    sprites?: number
}

export interface Boot {
    config?: Config
    user?: User | null
    video?: VideoDetails
    videos?: Page<Video>
}

/** Of users, as the API numbers them. */
export const Role = { administrator: 0, moderator: 1, user: 2 } as const
export const CommentsPolicy = { open: 1, closed: 2, approval: 3 } as const
export const State = { published: 1, toTranscode: 2, failed: 7 } as const
export const Privacy = { public: 1, unlisted: 2, private: 3, internal: 4, password: 5 } as const
