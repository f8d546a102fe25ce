// What the signed-in person follows: the newest videos of it, and the list of channels.

import { api } from '../api'
import { usePaged } from '../components/paged'
import { RequireUser } from '../components/require-user'
import { HomeTabs } from '../components/tabs'
import { useTitle } from '../components/title'
import { Empty, ErrorBox, VideoGrid } from '../components/video-grid'
import { strings as s } from '../strings'
import { ActorCard } from './actor'

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
    return <RequireUser><Channels /></RequireUser>
}

function Channels() {
    const { list, error, busy, more, retry } = usePaged((start, count, signal) => api.subscriptions({ start, count }, signal), [])
    return (
        <>
            <div class="page-head">
                <h1>{s.subscriptions.channels}</h1>
                <a class="button button-small" href="/subscriptions">{s.subscriptions.videos}</a>
            </div>
            {error && <ErrorBox text={error} retry={retry} />}
            {!list && busy && <p class="quiet" role="status">{s.loading}</p>}
            {list?.data.length === 0 && !busy && <Empty title={s.subscriptions.empty} text={s.subscriptions.emptyText} />}
            <ul class="actor-cards">{list?.data.map(c => <ActorCard key={c.id} actor={c} subscribed />)}</ul>
            {list && list.data.length < list.total
                && <div class="grid-end"><button type="button" class="button" disabled={busy} onClick={more}>{s.home.more}</button></div>}
        </>
    )
}
