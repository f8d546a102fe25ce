// This site among others: what waits to be delivered, servers that do not answer, who follows the site, whom it
// follows.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { Avatar } from '../../components/avatar'
import { TextField } from '../../components/fields'
import { Icon } from '../../components/icons'
import { usePaged, type Paged } from '../../components/paged'
import { ErrorBox } from '../../components/video-grid'
import { formatAge, formatCount } from '../../lib/format'
import { fullHandle, parseHandle } from '../../lib/handle'
import { config, toast } from '../../state'
import { strings as s } from '../../strings'
import type { Actor } from '../../types'
import { admin, type Deliveries, type Delivery, type SiteFollow } from './api'

const text = s.admin.federation

export function Federation() {
    return (
        <div class="column column-start stack-wide">
            {config.value.federation?.enabled === false && <p class="notice notice-info"><Icon name="info" /><span>{text.off}</span></p>}
            <Queue />
            <Following />
            <Followers />
        </div>
    )
}

const EVERY_MS = 5000

function Queue() {
    const [queue, setQueue] = useState<Deliveries | null>(null)
    const [error, setError] = useState<string | null>(null)
    useEffect(() => {
        const control = new AbortController()
        const ask = () => {
            if (!document.hidden)
                admin.deliveries(control.signal).then(q => {
                    setQueue(q)
                    setError(null)
                }, e => { if (!control.signal.aborted) setError(messageOf(e)) })
        }
        ask()
        const timer = setInterval(ask, EVERY_MS)
        return () => {
            clearInterval(timer)
            control.abort()
        }
    }, [])
    const failing = queue?.data.filter(d => d.failures > 0) ?? []
    return (
        <section class="panel">
            <h2>{text.queue}</h2>
            {error && <ErrorBox text={error} />}
            {queue
                && <dl class="figures">
                    <div><dt>{text.waiting}</dt><dd>{formatCount(queue.total)}</dd></div>
                    <div><dt>{text.due}</dt><dd>{formatCount(queue.due)}</dd></div>
                    <div><dt>{text.failing}</dt><dd>{formatCount(failing.length)}</dd></div>
                </dl>}
            {queue && queue.data.length > 0
                && <div class="table-box" tabIndex={0} role="region" aria-label={text.queue}><table>
                    <thead><tr><th scope="col">{s.blocks.server}</th><th scope="col" class="number">{text.waiting}</th><th scope="col">{text.state}</th></tr></thead>
                    <tbody>{queue.data.map(d =>
                        <tr key={d.host}><td>{d.host}</td><td class="number">{formatCount(d.waiting)}</td><td><HostState delivery={d} /></td></tr>)}</tbody>
                </table></div>}
            {queue?.total === 0 && failing.length === 0 && <p class="quiet">{text.nothing}</p>}
        </section>
    )
}

function HostState({ delivery: d }: { delivery: Delivery }) {
    if (d.failures === 0)
        return <>{text.fine}</>
    return (
        <>
            <span class="badge badge-bad">{text.failures(d.failures)}</span>{' '}
            <span class="quiet">{[d.failingSince && text.since(formatAge(d.failingSince)), d.note].filter(Boolean).join(' · ')}</span>
        </>
    )
}

function Following() {
    const paged = usePaged((start, count, signal) => admin.following({ start, count, sort: '-createdAt' }, signal), [])
    const [what, setWhat] = useState('')
    const [error, setError] = useState<string | null>(null)
    const [busy, setBusy] = useState(false)
    const submit = async (event: SubmitEvent) => {
        event.preventDefault()
        const typed = what.trim().replace(/^https?:\/\//, '').replace(/\/$/, '')
        const handle = parseHandle(typed)
        if (!handle && !/^[a-z0-9.-]+(:\d+)?$/i.test(typed)) {
            setError(text.wrong)
            return
        }
        setBusy(true)
        setError(null)
        try {
            await admin.follow(handle ? [] : [typed.toLowerCase()], handle ? [handle] : [])
            setWhat('')
            paged.reload()
        } catch (e) {
            setError(messageOf(e))
        }
        setBusy(false)
    }
    const stop = (f: SiteFollow) => act(paged, f, () => admin.unfollow(isSite(f.following) ? f.following.host : fullHandle(f.following)))
    return (
        <section class="panel">
            <h2>{text.following}</h2>
            <p class="quiet">{text.followingText}</p>
            <form class="inline-form" onSubmit={submit} aria-busy={busy}>
                <TextField label={text.whom} value={what} onValue={setWhat} error={error} placeholder="peertube.example" autocapitalize="none" spellcheck={false} />
                <button class="button" disabled={busy || !what.trim()}>{s.follow.follow}</button>
            </form>
            <FollowRows paged={paged} actor={f => f.following} empty={text.noFollowing}
                buttons={f => <button type="button" class="button button-small" aria-label={text.stopOf(nameOf(f.following))} onClick={() => void stop(f)}>{text.stop}</button>} />
        </section>
    )
}

function Followers() {
    const paged = usePaged((start, count, signal) => admin.followers({ start, count, sort: '-createdAt' }, signal), [])
    const button = (f: SiteFollow, label: string, what: (handle: string) => Promise<void>) =>
        <button type="button" class="button button-small" aria-label={`${label}: ${nameOf(f.follower)}`} onClick={() => void act(paged, f, () => what(fullHandle(f.follower)))}>{label}</button>
    return (
        <section class="panel">
            <h2>{text.followers}</h2>
            <p class="quiet">{text.followersText}</p>
            <FollowRows paged={paged} actor={f => f.follower} empty={text.noFollowers}
                buttons={f => f.state === 'pending'
                    ? <>{button(f, text.accept, admin.acceptFollower)}{button(f, text.reject, admin.rejectFollower)}</>
                    : button(f, s.blocks.remove, admin.removeFollower)} />
        </section>
    )
}

async function act(paged: Paged<SiteFollow>, f: SiteFollow, what: () => Promise<void>): Promise<void> {
    try {
        await what()
        paged.reload()
    } catch (e) {
        toast(messageOf(e), 'error')
        if (f.state === 'pending')
            paged.reload()
    }
}

/** The site itself, as other sites follow it. */
function isSite(actor: Actor): boolean {
    return actor.name === 'peertube' || actor.name === actor.host
}

function nameOf(actor: Actor): string {
    return isSite(actor) ? actor.host : `@${fullHandle(actor)}`
}

function FollowRows({ paged, actor, empty, buttons }: {
    paged: Paged<SiteFollow>; actor: (f: SiteFollow) => Actor; empty: string; buttons: (f: SiteFollow) => preact.ComponentChildren
}) {
    const { list, error, busy, more, retry } = paged
    return (
        <>
            {error && <ErrorBox text={error} retry={retry} />}
            {list?.data.length === 0 && !busy && <p class="quiet">{empty}</p>}
            <ul class="plain-rows">
                {list?.data.map(f =>
                    <li key={f.id} class="plain-row">
                        <Avatar actor={actor(f)} size={32} />
                        <span class="plain-row-text"><strong class="cut">{nameOf(actor(f))}</strong>
                            <span class="quiet">{f.state === 'accepted' ? formatAge(f.createdAt) : s.follow.states[f.state]}</span></span>
                        <span class="plain-row-buttons">{buttons(f)}</span>
                    </li>)}
            </ul>
            {list && list.data.length < list.total
                && <button type="button" class="button button-small" disabled={busy} onClick={more}>{s.home.more}</button>}
        </>
    )
}
