// The signed-in person's videos in every state, with their progress; edit and delete.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { Dialog } from '../components/dialog'
import { Icon } from '../components/icons'
import { lazy } from '../components/lazy'
import { ProgressBar } from '../components/progress-bar'
import { RequireUser } from '../components/require-user'
import { useTitle } from '../components/title'
import { usePaged } from '../components/paged'
import { Empty, ErrorBox, Thumbnail } from '../components/video-grid'
import { formatAge, formatBytes, formatCount } from '../lib/format'
import { followProgress, isSettled, RECENT_MS } from '../lib/progress'
import { navigate, paths, place } from '../router'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import { State, type Progress, type Video } from '../types'

const EditDialog = lazy(() => import('../components/edit-video/dialog').then(m => m.EditDialog))

export function MyVideos() {
    useTitle(s.myVideos.title)
    return <RequireUser><List /></RequireUser>
}

function List() {
    const words = place.value.search.get('search') ?? ''
    const paged = usePaged((start, count, signal) =>
        api.myVideos({ start, count, sort: '-createdAt', search: words }, signal), [words])
    const { list, setList, error, busy, more, retry } = paged
    const [editing, setEditing] = useState<string | null>(place.value.search.get('edit'))
    const [deleting, setDeleting] = useState<Video | null>(null)
    const edited = list?.data.find(v => v.uuid === editing || v.shortUUID === editing)
    const me = user.value

    const remove = async (video: Video) => {
        try {
            await api.deleteVideo(video.uuid)
            setList(l => l && { total: l.total - 1, data: l.data.filter(v => v.uuid !== video.uuid) })
            toast(s.myVideos.deleted(video.name))
        } catch (e) {
            toast(messageOf(e), 'error')
        }
        setDeleting(null)
    }
    const refresh = async (uuid: string) => {
        const fresh = await api.video(uuid).catch(() => null)
        if (fresh)
            setList(l => l && { ...l, data: l.data.map(v => v.uuid === uuid ? { ...v, ...fresh } : v) })
    }

    return (
        <>
            <div class="page-head">
                <div>
                    <h1>{s.myVideos.title}</h1>
                    {me?.videoQuotaUsed !== undefined
                        && <p class="quiet">{me.videoQuota > 0
                            ? s.myVideos.quota(formatBytes(me.videoQuotaUsed), formatBytes(me.videoQuota))
                            : s.myVideos.quotaUnlimited(formatBytes(me.videoQuotaUsed))}</p>}
                </div>
                <div class="page-actions">
                    <form role="search" aria-label={s.myVideos.search} onSubmit={e => {
                        e.preventDefault()
                        const q = String(new FormData(e.currentTarget as HTMLFormElement).get('search') ?? '').trim()
                        navigate(q ? `/my-videos?search=${encodeURIComponent(q)}` : '/my-videos')
                    }}>
                        <input type="search" name="search" defaultValue={words} placeholder={s.myVideos.search} aria-label={s.myVideos.search} />
                    </form>
                    <a class="button button-primary" href="/upload"><Icon name="upload" />{s.header.upload}</a>
                </div>
            </div>
            {error && <ErrorBox text={error} retry={retry} />}
            {list?.data.length === 0 && !busy && (words
                ? <Empty title={s.myVideos.noMatch} />
                : <Empty title={s.myVideos.empty} text={s.myVideos.emptyText}>
                    <a class="button button-primary" href="/upload">{s.header.upload}</a>
                </Empty>)}
            {!list && busy && <p class="quiet" role="status">{s.loading}</p>}
            <ul class="rows">
                {list?.data.map(v =>
                    <Row key={v.uuid} video={v} edit={() => setEditing(v.uuid)} remove={() => setDeleting(v)}
                        settled={() => void refresh(v.uuid)} />)}
            </ul>
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
            {edited && <EditDialog video={edited} close={saved => {
                setEditing(null)
                if (place.value.search.has('edit'))
                    navigate('/my-videos', 'replace')
                if (saved)
                    void refresh(edited.uuid)
            }} />}
            {deleting
                && <Dialog title={s.myVideos.confirmTitle} onClose={() => setDeleting(null)}>
                    <p>{s.myVideos.confirmText(deleting.name)}</p>
                    <div class="dialog-actions">
                        <button type="button" class="button" onClick={() => setDeleting(null)} autofocus>{s.cancel}</button>
                        <button type="button" class="button button-danger" onClick={() => void remove(deleting)}>{s.myVideos.confirm}</button>
                    </div>
                </Dialog>}
        </>
    )
}

function Row({ video, edit, remove, settled }:
    { video: Video; edit: () => void; remove: () => void; settled: () => void }) {
    const [progress, setProgress] = useState<Progress | null>(null)
    // It is published with its first segments: for a while after the upload that does not mean finished.
    const asks = (video.state !== undefined && video.state.id !== State.published)
        || Date.now() - Date.parse(video.createdAt) < RECENT_MS
    useEffect(() => {
        if (!asks)
            return
        let busy = false
        return followProgress(video.uuid, p => {
            setProgress(p)
            if (busy && isSettled(p))
                settled()
            busy = !isSettled(p)
        })
    }, [video.uuid, asks])
    const state = progress?.state.id ?? video.state?.id ?? State.published
    const busy = state !== State.failed && (progress ? !isSettled(progress) : state !== State.published)
    const percent = Math.floor(progress?.percent ?? 0)
    // why it failed, or a note on what its file lacks
    const reason = progress?.reason ?? video.failureReason
    return (
        <li class="row">
            <a class="row-thumb" href={paths.watch(video)} tabIndex={-1} aria-hidden="true"><Thumbnail video={video} sizes="180px" /></a>
            <div class="row-text">
                <a class="row-title" href={paths.watch(video)}>{video.name}</a>
                <p class="row-facts">
                    {!busy && state !== State.failed && <span class="badge badge-good">{s.myVideos.state.published}</span>}
                    {state === State.failed && <span class="badge badge-bad">{s.myVideos.state.failed}</span>}
                    {busy
                        && <span class="badge badge-busy">{progress
                            ? progress.playable ? s.myVideos.state.watchable(percent) : s.myVideos.state.preparing(percent)
                            : video.state?.label}</span>}
                    <span>{s.privacyShort[video.privacy.id ?? 1] ?? video.privacy.label}</span>
                    <span>{s.card.views(formatCount(video.views), video.views)}</span>
                    <time dateTime={video.createdAt}>{formatAge(video.createdAt)}</time>
                </p>
                {busy && progress
                    && <ProgressBar label={video.name} percent={progress.percent} />}
                {reason && <p class={state === State.failed ? 'row-reason' : 'row-note'}>{reason}</p>}
            </div>
            <div class="row-actions">
                <button type="button" class="icon-button" aria-label={s.myVideos.editOf(video.name)} title={s.myVideos.edit} onClick={edit}><Icon name="edit" /></button>
                <button type="button" class="icon-button danger" aria-label={s.myVideos.deleteOf(video.name)} title={s.myVideos.delete} onClick={remove}><Icon name="trash" /></button>
            </div>
        </li>
    )
}
