// The comments below a video: threads, their answers, and what arrives while the page is open.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api, messageOf } from '../../api'
import { listen } from '../../lib/news'
import { config, user } from '../../state'
import { strings as s } from '../../strings'
import { CommentsPolicy, Role, type Comment, type CommentTree, type Threads, type VideoDetails } from '../../types'
import { Icon } from '../icons'
import { InteractDialog, loginPath } from '../interact'
import { ErrorBox } from '../video-grid'
import { approvalNote, CommentItem, Replies, type Scene } from './comment'
import { Composer } from './composer'

const PAGE = 10
const PAGE_MAX = 100
/** Threads with so few answers show them at once. */
const FEW = 3
/** Between two looks, when news come thick and fast. */
const REST_MS = 400

export function Comments({ video, thread, onTime }:
    { video: VideoDetails; thread: number | null; onTime: (seconds: number) => void }) {
    const me = user.value
    const federated = config.value.federation?.enabled ?? false
    const rules = me !== null && (me.account.id === video.account.id || me.role.id <= Role.moderator)
    const policy = video.commentsPolicy?.id ?? CommentsPolicy.open
    const [sort, setSort] = useState('-createdAt')
    const data = useThreads(video, sort, rules && policy === CommentsPolicy.approval, thread)
    const { threads, trees, error, busy, isOpen, setOpen, refresh, more, arrived } = data
    const [interacting, setInteracting] = useState(false)
    const section = useRef<HTMLElement>(null)
    useEffect(() => {
        if (window.location.hash === '#comments')
            section.current?.scrollIntoView()
    }, [])
    const total = threads ? threads.totalNotDeletedComments ?? threads.total : video.comments ?? 0
    const scene: Scene = {
        video, rules, onTime, isNew: id => arrived.current.has(id),
        changed: async id => {
            if (id !== null)
                setOpen(id, true)
            await refresh(true)
        }
    }
    const linked = thread !== null ? trees.get(thread) : undefined
    const list = threads?.data.filter(c => c.id !== linked?.comment.id) ?? []
    const item = (c: Comment) =>
        <CommentItem key={c.id} comment={c} scene={scene}>
            <Answers comment={c} tree={trees.get(c.threadId)} open={isOpen(c)} toggle={open => setOpen(c.threadId, open)} scene={scene} />
        </CommentItem>

    return (
        <section class="comments" aria-labelledby="comments" ref={section}>
            <div class="comments-head">
                <h2 id="comments" class="section-title">{s.comments.title(total)}</h2>
                {total > 1
                    && <div class="segmented" role="group" aria-label={s.home.sortLabel}>
                        {Object.entries(s.comments.sorts).map(([key, label]) =>
                            <button key={key} type="button" aria-pressed={key === sort} onClick={() => setSort(key)}>{label}</button>)}
                    </div>}
            </div>
            {policy === CommentsPolicy.closed
                ? <p class="quiet comments-closed"><Icon name="lock" size={17} />{s.comments.closed}</p>
                : me
                    ? <Composer label={s.comments.write} submit={s.comments.send} note={approvalNote(scene)}
                        onSubmit={async text => {
                            const made = await api.comment(video.uuid, text)
                            arrived.current.add(made.comment.id)
                            await refresh(true)
                        }} />
                    : <div class="comments-join">
                        <p>{federated ? s.comments.join : s.comments.signIn}</p>
                        {federated
                            && <button type="button" class="button button-small button-primary" onClick={() => setInteracting(true)}>
                                <Icon name="globe" size={17} />{s.interact.own}</button>}
                        <a class="button button-small" href={loginPath()}>{s.header.signIn}</a>
                    </div>}
            {interacting && <InteractDialog intent="comment" name={video.name} uri={video.url ?? window.location.href} onClose={() => setInteracting(false)} />}
            {error && <ErrorBox text={error} retry={() => void refresh(false)} />}
            <Announcement threads={threads} trees={trees} arrived={arrived.current} />
            {threads && threads.data.length === 0 && !linked && policy !== CommentsPolicy.closed
                && <p class="quiet comments-none"><Icon name="chat" size={22} />{s.comments.none}</p>}
            <ol class="comment-list" aria-busy={busy}>
                {linked && item(linked.comment)}
                {list.map(item)}
                {!threads && !error && Array.from({ length: 2 }, (_, i) =>
                    <li key={i} class="comment skeleton" aria-hidden="true"><span class="avatar avatar-none" /><span><span class="skeleton-line short" /><span class="skeleton-line" /></span></li>)}
            </ol>
            {threads && threads.data.length < threads.total
                && <button type="button" class="button button-small" disabled={busy} onClick={more}>{busy ? s.loading : s.comments.showMore}</button>}
        </section>
    )
}

function Answers({ comment, tree, open, toggle, scene }:
    { comment: Comment; tree: CommentTree | undefined; open: boolean; toggle: (open: boolean) => void; scene: Scene }) {
    const n = Math.max(comment.totalReplies, tree?.children.length ?? 0)
    if (n === 0)
        return null
    return (
        <div class="answers">
            {(n > FEW || !open)
                && <button type="button" class="text-button answers-toggle" aria-expanded={open} onClick={() => toggle(!open)}>
                    <Icon name="down" size={18} />{open ? s.comments.hide : s.comments.replies(n)}
                    {!open && (comment.totalRepliesFromVideoAuthor ?? 0) > 0 && <span class="badge badge-busy">{s.comments.creator}</span>}
                </button>}
            {open && tree && <Replies list={tree.children} scene={scene} />}
        </div>
    )
}

/** For screen readers: who wrote what came in meanwhile. */
function Announcement({ threads, trees, arrived }:
    { threads: Threads | null; trees: Map<number, CommentTree>; arrived: Set<number> }) {
    const newest = Math.max(0, ...arrived)
    const find = (list: CommentTree[]): Comment | undefined => {
        for (const t of list) {
            const found = t.comment.id === newest ? t.comment : find(t.children)
            if (found)
                return found
        }
        return undefined
    }
    const comment = newest > 0 ? threads?.data.find(c => c.id === newest) ?? find([...trees.values()]) : undefined
    return <p class="visually-hidden" role="status">{comment?.account ? s.comments.arrived(comment.account.displayName) : ''}</p>
}

/** The threads as far as they are shown, the trees of the open ones, and both kept up to date. */
function useThreads(video: VideoDetails, sort: string, openAll: boolean, linked: number | null) {
    const [threads, setThreads] = useState<Threads | null>(null)
    const [trees, setTrees] = useState<Map<number, CommentTree>>(new Map())
    const [chosen, setChosen] = useState<Map<number, boolean>>(new Map())
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(true)
    const arrived = useRef(new Set<number>())
    const seen = useRef<Set<number> | null>(null) // null until the first page is there
    const loaded = useRef(new Map<number, string>())
    const unanswered = useRef(new Set<number>()) // threads that had no answers: what they get is new
    const round = useRef(0)
    const asked = useRef<Promise<number | null>>(Promise.resolve(null)) // the total that was answered last
    const latest = useRef({ threads, sort })
    latest.current = { threads, sort }
    const { uuid } = video

    const notice = (list: Comment[], first: boolean) => {
        for (const c of list) {
            if (!first && !seen.current?.has(c.id))
                arrived.current.add(c.id)
            seen.current?.add(c.id)
        }
    }
    const isOpen = (c: Comment) =>
        chosen.get(c.threadId) ?? (c.threadId === linked || openAll || (c.totalReplies > 0 && c.totalReplies <= FEW))
    const setOpen = (id: number, open: boolean) => setChosen(m => new Map(m).set(id, open))

    const refreshNow = useCallback(async (all: boolean): Promise<number | null> => {
        const { threads: before, sort: by } = latest.current
        try {
            const count = Math.min(PAGE_MAX, Math.max(PAGE, before?.data.length ?? 0))
            const page = await api.threads(uuid, { start: 0, count, sort: by })
            if (latest.current.sort !== by)
                return null
            const state = (t: Threads | null) => t?.data.map(c => `${c.id} ${c.totalReplies} ${c.updatedAt}`).join()
            if (all || (before && state({ ...before, data: before.data.slice(0, count) }) === state(page)))
                round.current++
            const first = seen.current === null
            seen.current ??= new Set()
            notice(page.data, first)
            const ids = new Set(page.data.map(c => c.id))
            const rest = before && before.data.length > count ? before.data.slice(count).filter(c => !ids.has(c.id)) : []
            setThreads({ ...page, data: [...page.data, ...rest] })
            setError(null)
            return page.totalNotDeletedComments ?? null
        } catch (e) {
            setError(messageOf(e))
            return null
        } finally {
            setBusy(false)
        }
    }, [uuid])
    /** `all`: something of ours changed, so open threads are read again whatever the list says. */
    const refresh = useCallback(async (all: boolean) => {
        asked.current = refreshNow(all)
        await asked.current
    }, [uuid])

    useEffect(() => {
        latest.current.threads = null
        setThreads(null)
        setBusy(true)
        void refresh(false)
    }, [uuid, sort])

    const more = () => {
        if (!threads)
            return
        setBusy(true)
        api.threads(uuid, { start: threads.data.length, count: PAGE, sort }).then(page => {
            notice(page.data, true)
            const ids = new Set(threads.data.map(c => c.id))
            setThreads({ ...page, data: [...threads.data, ...page.data.filter(c => !ids.has(c.id))] })
        }, e => setError(messageOf(e))).finally(() => setBusy(false))
    }

    // Open threads are read when they are opened, and again when the list says that they changed.
    useEffect(() => {
        const wanted: [number, string][] = threads?.data.filter(isOpen).map(c => [c.threadId, `${c.totalReplies} ${c.updatedAt} ${round.current}`]) ?? []
        if (linked !== null && threads && !wanted.some(([id]) => id === linked))
            wanted.push([linked, `${threads.totalNotDeletedComments} ${round.current}`])
        for (const [id, key] of wanted) {
            if (loaded.current.get(id) === key)
                continue
            const first = !loaded.current.has(id) && !arrived.current.has(id) && !unanswered.current.has(id)
            loaded.current.set(id, key)
            api.thread(uuid, id).then(tree => {
                const all = (t: CommentTree): Comment[] => [t.comment, ...t.children.flatMap(all)]
                notice(all(tree), first)
                setTrees(m => new Map(m).set(id, tree))
            }, () => { loaded.current.delete(id) })
        }
        for (const c of threads?.data ?? [])
            if (c.totalReplies === 0)
                unanswered.current.add(c.threadId)
    }, [threads, chosen, linked])

    useEffect(() => {
        let running = false
        let again = false
        let gone = false
        const look = async () => {
            again = running
            if (running)
                return
            running = true
            await refresh(false)
            setTimeout(() => {
                running = false
                if (again && !gone)
                    void look()
            }, REST_MS)
        }
        const stop = listen(api.commentEvents(uuid), 'comment', async (data, first) => {
            const { total } = JSON.parse(data) as { total: number }
            // the first tells how things are: what was asked for just before may be older
            if (!first || total !== (await asked.current ?? total))
                void look()
        })
        return () => {
            gone = true
            stop()
        }
    }, [uuid])

    return { threads, trees, error, busy, isOpen, setOpen, refresh, more, arrived }
}
