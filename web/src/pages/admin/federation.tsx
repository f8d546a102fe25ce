// This site among others: what is sent and received, sites that do not answer, who follows this one, whom it
// follows, and with an allow list whom it talks with at all.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../api'
import { Avatar } from '../../components/avatar'
import { BlockList, hostOnly } from '../../components/block-lists'
import { TextField } from '../../components/fields'
import { Icon } from '../../components/icons'
import { usePaged, type Paged } from '../../components/paged'
import { ErrorBox } from '../../components/video-grid'
import { formatAge, formatCount } from '../../lib/format'
import { fullHandle, parseHandle } from '../../lib/handle'
import { toast } from '../../state'
import { strings as s } from '../../strings'
import type { Actor } from '../../types'
import { admin, type FailingHost, type FederationState, type SiteFollow } from './api'

const text = s.admin.federation

export function Federation() {
    const [state, setState] = useState<FederationState | null>(null)
    const [error, setError] = useState<string | null>(null)
    useEffect(() => {
        const control = new AbortController()
        const ask = () => {
            if (!document.hidden)
                admin.federation(control.signal).then(now => {
                    setState(now)
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
    return (
        <div class="column column-start stack-wide">
            {error && <ErrorBox text={error} />}
            {state && !state.enabled && <p class="notice notice-info"><Icon name="info" /><span>{text.off}</span></p>}
            {state && <Traffic state={state} />}
            {state && state.failingHosts.length > 0 && <Failing hosts={state.failingHosts} />}
            {state?.mode === 'allow-list' && <Allowed />}
            <Following />
            <Followers />
        </div>
    )
}

const EVERY_MS = 5000

function Traffic({ state: { deliveries: out, incoming } }: { state: FederationState }) {
    const figures: [string, number][] = [
        [text.waiting, out.waiting], [text.delivered, out.delivered], [text.dropped, out.dropped],
        [text.received, incoming.done], [text.receivedWaiting, incoming.waiting]
    ]
    return (
        <section class="panel">
            <h2>{text.traffic}</h2>
            <dl class="figures">{figures.map(([label, n]) => <div key={label}><dt>{label}</dt><dd>{formatCount(n)}</dd></div>)}</dl>
            <p class="quiet">{text.sinceStart}</p>
        </section>
    )
}

function Failing({ hosts }: { hosts: FailingHost[] }) {
    const retry = (host: string) => admin.retryHost(host).then(() => toast(text.retried(host)), e => toast(messageOf(e), 'error'))
    return (
        <section class="panel">
            <h2>{text.failing}</h2>
            <p class="quiet">{text.failingText}</p>
            <ul class="plain-rows">{hosts.map(h =>
                <li key={h.host} class="plain-row">
                    <Icon name="globe" />
                    <span class="plain-row-text">
                        <strong class="cut">{h.host}</strong>
                        <span class="quiet">{text.failures(h.failures, formatAge(h.failingSince), formatCount(h.waiting))}</span>
                    </span>
                    <span class="plain-row-buttons">
                        <button type="button" class="button button-small" aria-label={text.retryOf(h.host)} onClick={() => void retry(h.host)}>{s.retry}</button>
                    </span>
                </li>)}</ul>
        </section>
    )
}

/** With an allow list, the only sites this one talks with. */
function Allowed() {
    const paged = usePaged((start, count, signal) => admin.allowed({ start, count }, signal), [], undefined, h => h.host)
    return (
        <BlockList title={text.allowed} text={text.allowedText} label={s.blocks.server} placeholder="example.social" paged={paged} empty={text.noAllowed}
            check={hostOnly} wrong={s.blocks.wrongServer} add={admin.allowHost} remove={h => admin.disallowHost(h.host)} name={h => h.host}
            show={h => <><Icon name="globe" /><span class="plain-row-text"><strong>{h.host}</strong></span></>} />
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
    return actor.name === 'peertube' || actor.name === 'zoetrope' || actor.name === actor.host
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
