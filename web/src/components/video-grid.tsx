// Cards of videos, and lists of them that grow while one scrolls.

import { useEffect, useRef } from 'preact/hooks'
import { formatAge, formatCount } from '../lib/format'
import { isRemote, localHandle } from '../lib/handle'
import { formatDuration, spokenDuration } from '../lib/time'
import { paths } from '../router'
import { strings as s } from '../strings'
import type { Video } from '../types'
import { Avatar } from './avatar'
import { Icon } from './icons'
import type { Paged } from './paged'

export function thumbnailOf(video: Video): { src: string; srcset: string | undefined } | null {
    const wide = (video.thumbnails ?? []).filter(t => t.width > t.height * 1.2 && t.width <= 900)
    const src = video.thumbnailPath ?? wide[0]?.fileUrl
    if (!src)
        return null
    return { src, srcset: wide.length > 1 ? wide.map(t => `${t.fileUrl} ${t.width}w`).join(', ') : undefined }
}

export function Thumbnail({ video, eager = false, sizes = '(max-width: 560px) 100vw, 320px' }:
    { video: Video; eager?: boolean; sizes?: string }) {
    const image = thumbnailOf(video)
    return (
        <span class="thumbnail">
            {image
                ? <img src={image.src} srcset={image.srcset} sizes={sizes} alt="" width="280" height="157"
                    loading={eager ? 'eager' : 'lazy'} decoding="async" />
                : <span class="thumbnail-none"><Icon name="film" size={34} /></span>}
            {video.isLive && <span class="thumbnail-time thumbnail-live">{s.card.live}</span>}
            {video.duration > 0 && !video.isLive
                && <span class="thumbnail-time">
                    <span class="visually-hidden">{s.card.duration(spokenDuration(video.duration))}</span>
                    <span aria-hidden="true">{formatDuration(video.duration)}</span>
                </span>}
        </span>
    )
}

export function VideoCard({ video, eager = false, showChannel = true }:
    { video: Video; eager?: boolean; showChannel?: boolean }) {
    const handle = paths.channel(localHandle(video.channel))
    return (
        <article class="video-card">
            <a class="video-card-link" href={paths.watch(video)}>
                <Thumbnail video={video} eager={eager} />
                <h2 class="video-card-title">{video.name}</h2>
            </a>
            <div class="video-card-meta">
                {showChannel
                    && <a class="video-card-channel" href={handle}>
                        <Avatar actor={video.channel} size={22} />
                        <span class="cut">{video.channel.displayName}</span>
                        {isRemote(video.channel) && <span class="host">{video.channel.host}</span>}
                    </a>}
                <span class="video-card-facts">
                    <span>{s.card.views(formatCount(video.views), video.views)}</span>
                    <time dateTime={video.publishedAt}>{formatAge(video.publishedAt)}</time>
                    {video.nsfw && <span class="badge badge-warn">{s.card.nsfw}</span>}
                </span>
            </div>
        </article>
    )
}

export function VideoGrid({ paged, empty, showChannel = true }:
    { paged: Paged<Video>; empty: preact.ComponentChildren; showChannel?: boolean }) {
    const { list, error, busy, more, retry } = paged
    const end = useRef<HTMLDivElement>(null)
    useEffect(() => {
        const element = end.current
        if (!element)
            return
        const watcher = new IntersectionObserver(entries => {
            if (entries.some(e => e.isIntersecting))
                more()
        }, { rootMargin: '400px' })
        watcher.observe(element)
        return () => watcher.disconnect()
    }, [more])

    if (list && list.data.length === 0 && !busy && !error)
        return <>{empty}</>
    const left = list !== null && list.data.length < list.total
    return (
        <>
            <div class="video-grid" aria-busy={busy}>
                {list?.data.map((v, i) => <VideoCard key={v.uuid} video={v} eager={i < 4} showChannel={showChannel} />)}
                {!list && !error && Array.from({ length: 8 }, (_, i) => <SkeletonCard key={i} />)}
            </div>
            {error && <ErrorBox text={error} retry={retry} />}
            {list && left && !error
                && <div class="grid-end" ref={end}>
                    <button type="button" class="button" onClick={more} disabled={busy}>
                        {busy ? s.loading : s.home.more}
                    </button>
                    <p class="quiet">{s.home.shown(list.data.length, list.total)}</p>
                </div>}
        </>
    )
}

function SkeletonCard() {
    return (
        <div class="video-card skeleton" aria-hidden="true">
            <span class="thumbnail" /><span class="skeleton-line" /><span class="skeleton-line short" />
        </div>
    )
}

export function ErrorBox({ text, retry }: { text: string; retry?: () => void }) {
    return (
        <div class="notice notice-error" role="alert">
            <Icon name="alert" /><span>{text}</span>
            {retry && <button type="button" class="button button-small" onClick={retry}>{s.retry}</button>}
        </div>
    )
}

export function Empty({ title, text, children }: { title: string; text?: string; children?: preact.ComponentChildren }) {
    return (
        <div class="empty">
            <svg class="empty-art" width="120" height="72" viewBox="0 0 120 72" aria-hidden="true" focusable="false">
                <rect x="4" y="10" width="112" height="52" rx="8" />
                <path d="M4 22h112M4 50h112M42 22v28M78 22v28" />
                <circle cx="23" cy="36" r="6" /><circle cx="60" cy="34" r="6" /><circle cx="97" cy="36" r="6" />
            </svg>
            <h2>{title}</h2>
            {text && <p>{text}</p>}
            {children}
        </div>
    )
}
