// What the signed-in person follows: the newest videos of it, and the lists of channels and accounts.

import { api } from '../api'
import { ActorCard } from '../components/actor-card'
import { usePaged, type Paged } from '../components/paged'
import { RequireUser } from '../components/require-user'
import { HomeTabs } from '../components/tabs'
import { useTitle } from '../components/title'
import { Empty, ErrorBox, VideoGrid } from '../components/video-grid'
import { strings as s } from '../strings'
import type { Actor } from '../types'

export function Subscriptions() {
    useTitle(s.subscriptions.title)
    return <RequireUser><Newest /></RequireUser>
}

function Newest() {
    const paged = usePaged((start, count, signal) => api.subscriptionVideos({ start, count, sort: '-publishedAt' }, signal), [])
    return (
        <>
            <h1 class="visually-hidden">{s.subscriptions.title}</h1>
            <div class="page-head">
                <HomeTabs />
                <a class="button button-small" href="/subscriptions/channels">{s.subscriptions.manage}</a>
            </div>
            <VideoGrid paged={paged} empty={
                <Empty title={s.subscriptions.empty} text={s.subscriptions.emptyText}>
                    <a class="button button-primary" href="/">{s.notFound.home}</a>
                </Empty>} />
        </>
    )
}

export function SubscribedChannels() {
    useTitle(s.subscriptions.channels)
    return <RequireUser><Followed /></RequireUser>
}

function Followed() {
    const channels = usePaged((start, count, signal) => api.subscriptions({ start, count }, signal), [])
    const accounts = usePaged((start, count, signal) => api.subscribedAccounts({ start, count }, signal), [])
    const both = [channels, accounts]
    return (
        <>
            <div class="page-head">
                <h1>{s.subscriptions.channels}</h1>
                <a class="button button-small" href="/subscriptions">{s.subscriptions.videos}</a>
            </div>
            {both.some(p => !p.list && p.busy) && <p class="quiet" role="status">{s.loading}</p>}
            {both.every(p => p.list?.data.length === 0) && <Empty title={s.subscriptions.empty} text={s.subscriptions.emptyText} />}
            <Cards paged={channels} kind="channel" />
            {(accounts.list?.data.length ?? 0) > 0 && <h2 class="section-title">{s.subscriptions.accounts}</h2>}
            <Cards paged={accounts} kind="account" />
        </>
    )
}

function Cards({ paged: { list, error, busy, more, retry }, kind }: { paged: Paged<Actor>; kind: 'channel' | 'account' }) {
    return (
        <>
            {error && <ErrorBox text={error} retry={retry} />}
            <ul class="actor-cards">{list?.data.map(a => <ActorCard key={a.id} actor={a} kind={kind} subscribed />)}</ul>
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
        </>
    )
}
