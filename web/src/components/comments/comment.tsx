// One comment and the answers below it.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { api, messageOf } from '../../api'
import { formatAge, formatCount } from '../../lib/format'
import { fullHandle, isRemote, localHandle } from '../../lib/handle'
import { webAddress } from '../../lib/markup'
import { muteAccount, muteServer } from '../../lib/mute'
import { paths, place } from '../../router'
import { toast, user } from '../../state'
import { strings as s } from '../../strings'
import { CommentsPolicy, type Actor, type Comment, type CommentTree, type VideoDetails } from '../../types'
import { Avatar } from '../avatar'
import { Dialog } from '../dialog'
import { Icon } from '../icons'
import { copy, InteractDialog } from '../interact'
import { Markup } from '../markup'
import { Menu } from '../menu'
import { ReportDialog } from '../report'
import { Composer } from './composer'

/** What every comment of a list shares. */
export interface Scene {
    video: VideoDetails
    /** the video's owner, and moderators */
    rules: boolean
    onTime: (seconds: number) => void
    /** came while the page was open */
    isNew: (id: number) => boolean
    /** something below the video changed; `thread` is to be open */
    changed: (thread: number | null) => Promise<void>
}

/** Indented so far; what is deeper stands below each other. */
const INDENTED = 4
/** Answers shown of one comment, and levels of them, before one has to ask for more. */
const WIDE = 5
const DEEP = 6

export function CommentItem({ comment: c, scene, depth = 0, children }:
    { comment: Comment; scene: Scene; depth?: number; children?: ComponentChildren }) {
    const [editing, setEditing] = useState(false)
    const [answering, setAnswering] = useState(false)
    const element = useRef<HTMLElement>(null)
    const { video } = scene
    const closed = video.commentsPolicy?.id === CommentsPolicy.closed
    const author = c.account

    const visit = place.value.key
    const meant = window.location.hash === `#comment-${c.id}`
    useEffect(() => {
        if (meant)
            element.current?.scrollIntoView({ block: 'center' })
    }, [meant, visit])

    const body = editing
        ? <Composer label={s.comments.edit} initial={c.text} submit={s.comments.save} start onCancel={() => setEditing(false)}
            onSubmit={async text => {
                await api.editComment(video.uuid, c.id, text)
                await scene.changed(c.threadId)
                setEditing(false)
            }} />
        : c.summary
            ? <details class="comment-warned"><summary><Icon name="alert" size={16} />{c.summary}</summary><Body comment={c} scene={scene} /></details>
            : <Body comment={c} scene={scene} />
    return (
        <li class={scene.isNew(c.id) ? 'comment-box comment-new' : 'comment-box'}>
            <article class={meant ? 'comment comment-meant' : 'comment'} id={`comment-${c.id}`}
                ref={element} aria-label={s.comments.by(author?.displayName ?? s.comments.nobody)}>
                {c.isDeleted || !author
                    ? <span class="avatar avatar-initial avatar-none" aria-hidden="true" />
                    : <Avatar actor={author} size={depth === 0 ? 38 : 28} />}
                <div class="comment-main">
                    {c.isDeleted
                        ? <p class="comment-gone">{s.comments.deleted} <Age comment={c} video={video} /></p>
                        : <>
                            <p class="comment-head">
                                {author ? <AuthorLink author={author} /> : <strong>{s.comments.nobody}</strong>}
                                {author?.id === video.account.id && <span class="badge badge-busy">{s.comments.creator}</span>}
                                <Age comment={c} video={video} />
                            </p>
                            {c.heldForReview && <Held comment={c} scene={scene} />}
                            {body}
                            {!editing
                                && <div class="comment-actions">
                                    {!closed && !c.heldForReview
                                        && <button type="button" class="text-button" aria-expanded={answering} onClick={() => setAnswering(!answering)}>
                                            {s.comments.answer}</button>}
                                    {(c.likes ?? 0) > 0
                                        && <span class="comment-likes"><Icon name="like" size={15} />
                                            <span class="visually-hidden">{s.comments.likes}</span>{formatCount(c.likes ?? 0)}</span>}
                                    <Actions comment={c} scene={scene} edit={() => setEditing(true)} />
                                </div>}
                            {answering && (user.value
                                ? <Composer label={s.comments.answerTo(author?.displayName ?? '')} submit={s.comments.answer} start
                                    note={approvalNote(scene)} onCancel={() => setAnswering(false)}
                                    onSubmit={async text => {
                                        await api.reply(video.uuid, c.id, text)
                                        await scene.changed(c.threadId)
                                        setAnswering(false)
                                    }} />
                                : <InteractDialog intent="reply" name={author?.displayName ?? ''} uri={c.url} onClose={() => setAnswering(false)} />)}
                        </>}
                </div>
            </article>
            {children}
        </li>
    )
}

export function approvalNote({ video, rules }: Scene): string | undefined {
    return video.commentsPolicy?.id === CommentsPolicy.approval && !rules ? s.comments.approval(video.account.displayName) : undefined
}

function Body({ comment, scene }: { comment: Comment; scene: Scene }) {
    return <Markup html={comment.html ?? comment.text} times={{ duration: scene.video.duration, onTime: scene.onTime }} />
}

function AuthorLink({ author }: { author: Actor }) {
    const remote = isRemote(author)
    const page = remote ? webAddress(author.url) : null
    const name = <><strong>{author.displayName}</strong> <span class="comment-handle">@{remote ? fullHandle(author) : author.name}</span></>
    return page
        ? <a class="comment-author" href={page} target="_blank" rel="nofollow noopener noreferrer">{name}</a>
        : <a class="comment-author" href={paths.account(localHandle(author))}>{name}</a>
}

function Age({ comment: c, video }: { comment: Comment; video: VideoDetails }) {
    const edited = !c.isDeleted && Date.parse(c.updatedAt) - Date.parse(c.createdAt) > 1000
    return (
        <a class="comment-age" href={permalink(c, video)}>
            <time dateTime={c.createdAt} title={new Date(c.createdAt).toLocaleString('en')}>{formatAge(c.createdAt)}</time>
            {edited && <> · {s.comments.edited}</>}
        </a>
    )
}

function permalink(c: Comment, video: VideoDetails): string {
    return `${paths.watch(video)};threadId=${c.threadId}#comment-${c.id}`
}

function Held({ comment: c, scene }: { comment: Comment; scene: Scene }) {
    const [busy, setBusy] = useState(false)
    const act = async (what: (v: string, id: number) => Promise<void>) => {
        setBusy(true)
        try {
            await what(scene.video.uuid, c.id)
            await scene.changed(c.threadId)
        } catch (e) {
            toast(messageOf(e), 'error')
            setBusy(false)
        }
    }
    return (
        <div class="comment-held">
            <Icon name="clock" size={16} /><span>{scene.rules ? s.comments.heldForYou : s.comments.held}</span>
            {scene.rules
                && <span class="comment-held-actions">
                    <button type="button" class="button button-small" disabled={busy} onClick={() => void act(api.approveComment)}>{s.comments.approve}</button>
                    <button type="button" class="button button-small" disabled={busy} onClick={() => void act(api.deleteComment)}>{s.comments.refuse}</button>
                </span>}
        </div>
    )
}

function Actions({ comment: c, scene, edit }: { comment: Comment; scene: Scene; edit: () => void }) {
    const [deleting, setDeleting] = useState(false)
    const [reporting, setReporting] = useState(false)
    const { video } = scene
    const me = user.value
    const author = c.account
    const mine = me !== null && author?.id === me.account.id
    const elsewhere = author && isRemote(author) ? webAddress(c.url) : null
    const remove = async () => {
        setDeleting(false)
        try {
            await api.deleteComment(video.uuid, c.id)
            await scene.changed(null)
            toast(s.comments.deletedDone)
        } catch (e) {
            toast(messageOf(e), 'error')
        }
    }
    const mute = async (done: Promise<boolean>) => {
        if (await done)
            await scene.changed(null)
    }
    return (
        <>
            <Menu label={s.comments.more(author?.displayName ?? '')} button={<Icon name="dots" size={18} />}>
                <button type="button" onClick={() => void copy(`${window.location.origin}${permalink(c, video)}`)}><Icon name="link" />{s.comments.copy}</button>
                {elsewhere && <a href={elsewhere} target="_blank" rel="nofollow noopener noreferrer"><Icon name="external" />{s.comments.open(author?.host ?? '')}</a>}
                {mine && <button type="button" onClick={edit}><Icon name="edit" />{s.comments.edit}</button>}
                {(mine || scene.rules) && <button type="button" onClick={() => setDeleting(true)}><Icon name="trash" />{s.comments.delete}</button>}
                {me && !mine && author
                    && <>
                        <button type="button" onClick={() => void mute(muteAccount(author))}><Icon name="mute" />{s.mute.account}</button>
                        {isRemote(author)
                            && <button type="button" onClick={() => void mute(muteServer(author.host))}><Icon name="globe" />{s.mute.server(author.host)}</button>}
                        <button type="button" onClick={() => setReporting(true)}><Icon name="flag" />{s.report.action}</button>
                    </>}
            </Menu>
            {deleting
                && <Dialog title={s.comments.confirmTitle} onClose={() => setDeleting(false)}>
                    <p>{mine ? s.comments.confirmOwn : s.comments.confirmOther(author?.displayName ?? '')}</p>
                    <div class="dialog-actions">
                        <button type="button" class="button" onClick={() => setDeleting(false)}>{s.cancel}</button>
                        <button type="button" class="button button-danger" onClick={() => void remove()}>{s.comments.delete}</button>
                    </div>
                </Dialog>}
            {reporting && <ReportDialog target={{ comment: { id: c.id } }} name={s.comments.by(author?.displayName ?? '')}
                host={author && isRemote(author) ? author.host : null} onClose={() => setReporting(false)} />}
        </>
    )
}

function size(list: CommentTree[]): number {
    return list.reduce((n, t) => n + (t.comment.isDeleted ? 0 : 1) + size(t.children), 0)
}

/** The answers of one comment, at any depth; long lists and deep ones open on demand. */
export function Replies({ list, scene, depth = 1 }: { list: CommentTree[]; scene: Scene; depth?: number }) {
    const [wide, setWide] = useState(false)
    const [deep, setDeep] = useState(depth < DEEP)
    if (list.length === 0)
        return null
    if (!deep)
        return <button type="button" class="text-button replies-more" onClick={() => setDeep(true)}>
            <Icon name="reply" size={16} />{s.comments.replies(size(list))}</button>
    // what has just come is not hidden behind a button
    const shown = wide ? list : list.filter((t, i) => i < WIDE || scene.isNew(t.comment.id))
    return (
        <ol class={depth <= INDENTED ? 'replies' : 'replies replies-flat'}>
            {shown.map(t =>
                <CommentItem key={t.comment.id} comment={t.comment} scene={scene} depth={depth}>
                    <Replies list={t.children} scene={scene} depth={depth + 1} />
                </CommentItem>)}
            {shown.length < list.length
                && <li><button type="button" class="text-button replies-more" onClick={() => setWide(true)}>
                    <Icon name="down" size={16} />{s.comments.moreReplies(list.length - shown.length)}</button></li>}
        </ol>
    )
}
