// What happened to the signed-in person's videos, comments and channels.

import { useEffect } from 'preact/hooks'
import { api, messageOf } from '../api'
import { Avatar } from '../components/avatar'
import { Icon, type IconName } from '../components/icons'
import { usePaged } from '../components/paged'
import { RequireUser } from '../components/require-user'
import { useTitle } from '../components/title'
import { Empty, ErrorBox } from '../components/video-grid'
import { formatAge, formatDay } from '../lib/format'
import { localHandle } from '../lib/handle'
import { refreshUnread, unread } from '../lib/unread'
import { paths } from '../router'
import { toast } from '../state'
import { strings as s } from '../strings'
import type { Actor, Notification } from '../types'

export function Notifications() {
    useTitle(s.notifications.title)
    return <RequireUser><List /></RequireUser>
}

function List() {
    const { list, error, busy, more, retry, setList } = usePaged((start, count, signal) => api.notifications({ start, count }, signal), [])
    useEffect(() => { void refreshUnread() }, [])

    const mark = (which: (n: Notification) => boolean) =>
        setList(l => l && { ...l, data: l.data.map(n => which(n) ? { ...n, read: true } : n) })
    const readAll = async () => {
        try {
            await api.readAllNotifications()
            mark(() => true)
            unread.value = 0
        } catch (e) {
            toast(messageOf(e), 'error')
        }
    }
    const readOne = (one: Notification) => {
        if (one.read)
            return
        mark(n => n.id === one.id)
        api.readNotifications([one.id]).then(refreshUnread, () => undefined)
    }
    return (
        <div class="column">
            <div class="page-head">
                <h1>{s.notifications.title}</h1>
                <button type="button" class="button button-small" disabled={unread.value === 0} onClick={() => void readAll()}>
                    <Icon name="check" size={17} />{s.notifications.readAll}</button>
            </div>
            {error && <ErrorBox text={error} retry={retry} />}
            {!list && busy && <p class="quiet" role="status">{s.loading}</p>}
            {list?.data.length === 0 && !busy && <Empty title={s.notifications.empty} text={s.notifications.emptyText} />}
            {days(list?.data ?? []).map(([day, of]) =>
                <section key={day} aria-label={day}>
                    <h2 class="section-title">{day}</h2>
                    <ul class="notes">{of.map(n => <Item key={n.id} notification={n} read={() => readOne(n)} />)}</ul>
                </section>)}
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
        </div>
    )
}

function days(list: Notification[]): [string, Notification[]][] {
    const out = new Map<string, Notification[]>()
    const today = new Date().toDateString()
    for (const n of list) {
        const day = new Date(n.createdAt).toDateString() === today ? s.notifications.today : formatDay(n.createdAt)
        out.set(day, [...out.get(day) ?? [], n])
    }
    return [...out]
}

function Item({ notification: n, read }: { notification: Notification; read: () => void }) {
    const told = tell(n)
    return (
        <li class={n.read ? 'note' : 'note note-unread'}>
            <a href={told.href} onClick={read}>
                <span class="note-face">
                    {told.actor ? <Avatar actor={told.actor} size={40} /> : <span class="avatar avatar-none" aria-hidden="true" />}
                    <span class="note-kind"><Icon name={told.icon} size={13} /></span>
                </span>
                <span class="note-text">
                    <span>{told.actor && <strong>{told.actor.displayName} </strong>}{told.text}</span>
                    <time class="quiet" dateTime={n.createdAt}>{formatAge(n.createdAt)}</time>
                </span>
                {!n.read && <span class="note-dot"><span class="visually-hidden">{s.notifications.unread}</span></span>}
            </a>
        </li>
    )
}

/** PeerTube's kinds of notifications: 1 new video, 2 comment, 3 report, 10 follower, 11 mention, 13 follower of
 *  the site, 15 answer to a report. */
function tell(n: Notification): { text: string; href: string; actor: Actor | null; icon: IconName } {
    if (n.comment) {
        const { video, account, threadId, id, heldForReview } = n.comment
        const text = heldForReview ? s.notifications.held(video.name)
            : n.type === 11 ? s.notifications.mention(video.name) : s.notifications.comment(video.name)
        return { text, actor: account, icon: 'chat', href: `${paths.watch(video)};threadId=${threadId}#comment-${id}` }
    }
    if (n.actorFollow) {
        const { follower, following } = n.actorFollow
        return {
            text: n.type === 13 ? s.notifications.followSite
                : following.type === 'channel' ? s.notifications.followChannel(following.displayName) : s.notifications.followAccount,
            actor: follower, icon: 'user', href: n.type === 13 ? '/admin/federation' : follower ? paths.account(localHandle(follower)) : '/notifications'
        }
    }
    if (n.abuse && n.type === 3)
        return { text: s.notifications.report[n.abuse.kind] ?? s.notifications.other, actor: n.abuse.reporterAccount, icon: 'flag', href: '/admin/reports' }
    if (n.abuse)
        return { text: s.notifications.reportState[n.abuse.state] ?? s.notifications.other, actor: null, icon: 'flag', href: '/notifications' }
    if (n.video)
        return { text: s.notifications.video(n.video.name), actor: n.video.channel ?? null, icon: 'film', href: paths.watch(n.video) }
    return { text: s.notifications.other, actor: null, icon: 'bell', href: '/notifications' }
}
