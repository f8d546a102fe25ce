// Pages of a channel and of an account, here or elsewhere: the same, but for whose videos they list.

import { useEffect, useState } from 'preact/hooks'
import { api, ApiError, messageOf } from '../api'
import { ActorCard } from '../components/actor-card'
import { Avatar } from '../components/avatar'
import { Banner } from '../components/banner'
import { Description } from '../components/description'
import { FollowButton } from '../components/follow'
import { Icon } from '../components/icons'
import { copy } from '../components/interact'
import { Menu } from '../components/menu'
import { usePaged } from '../components/paged'
import { ReportDialog } from '../components/report'
import { NothingThere } from '../components/resolved'
import { useTitle } from '../components/title'
import { Empty, ErrorBox, VideoGrid } from '../components/video-grid'
import { formatCount, formatDay } from '../lib/format'
import { fullHandle, hostOf, isAddress, isRemote, localHandle } from '../lib/handle'
import { webAddress } from '../lib/markup'
import { muteAccount, muteServer } from '../lib/mute'
import { paths } from '../router'
import { user } from '../state'
import { strings as s } from '../strings'
import type { Actor } from '../types'
import { NotFound } from './not-found'

export const ChannelPage = ({ name }: { name: string }) => <ActorPage name={name} kind="channel" />
export const AccountPage = ({ name }: { name: string }) => <ActorPage name={name} kind="account" />

function ActorPage({ name, kind }: { name: string; kind: 'channel' | 'account' }) {
    const [actor, setActor] = useState<Actor | null>(null)
    const [error, setError] = useState<unknown>(null)
    useEffect(() => {
        const load = kind === 'channel' ? api.channel : api.account
        load(name).catch(async e => {
            if (!(e instanceof ApiError && e.status === 404 && isAddress(name)))
                throw e
            await api.resolve(name) // not known here yet: its own site is asked
            return load(name)
        }).then(setActor, setError)
    }, [name, kind])
    useTitle(actor?.displayName ?? null)
    const list = kind === 'channel' ? api.channelVideos : api.accountVideos
    const paged = usePaged((start, count, signal) =>
        list(name, { start, count, sort: '-publishedAt' }, signal), [name, kind])

    if (error instanceof ApiError && error.status === 404)
        return isAddress(name) ? <NothingThere name={name} /> : <NotFound text={s.actor.notFound} />
    if (error)
        return <ErrorBox text={messageOf(error)} />
    const remote = actor !== null && isRemote(actor)
    const page = remote ? webAddress(actor.url) : null
    return (
        <>
            {actor && <Banner actor={actor} />}
            {actor ? <ActorHead actor={actor} kind={kind} /> : <div class="actor-head"><h1>{isAddress(name) ? s.search.lookingAt(hostOf(name)) : s.loading}</h1></div>}
            {actor?.description && <div class="actor-about"><Description text={actor.description} /></div>}
            {page
                && <p class="notice notice-info actor-remote"><Icon name="globe" />
                    <span>{s.actor.remote(actor?.host ?? '')}</span>
                    <a class="button button-small" href={page} target="_blank" rel="noopener"><Icon name="external" size={16} />{s.actor.openThere}</a></p>}
            {kind === 'account' && actor && <Channels account={actor} />}
            <h2 class="section-title">{s.actor.videos}</h2>
            <VideoGrid paged={paged} showChannel={kind === 'account'} empty={<Empty title={s.actor.none} {...remote && { text: s.actor.noneRemote }} />} />
        </>
    )
}

function ActorHead({ actor, kind }: { actor: Actor; kind: 'channel' | 'account' }) {
    const [reporting, setReporting] = useState(false)
    const owner = kind === 'account' ? actor : actor.ownerAccount
    const me = user.value
    const mine = owner !== undefined && me?.account.id === owner.id
    return (
        <div class="actor-head">
            <Avatar actor={actor} size={84} />
            <div class="actor-text">
                <h1>{actor.displayName}</h1>
                <p class="quiet">
                    <span>@{fullHandle(actor)}</span>
                    {actor.followersCount !== undefined
                        && <span>{s.actor.followers(formatCount(actor.followersCount), actor.followersCount)}</span>}
                    {actor.createdAt && !isRemote(actor) && <span>{s.actor.joined(formatDay(actor.createdAt))}</span>}
                </p>
                {kind === 'channel' && owner
                    && <p class="quiet">{s.actor.owner}{' '}<a href={paths.account(localHandle(owner))}>{owner.displayName}</a></p>}
            </div>
            <div class="actor-actions">
                <FollowButton actor={actor} />
                {mine && kind === 'channel' && <a class="button" href="/my-account"><Icon name="edit" size={17} />{s.channels.edit}</a>}
                <Menu label={s.actor.more} button={<Icon name="dots" />}>
                    <button type="button" onClick={() => void copy(`@${fullHandle(actor)}`)}><Icon name="link" />{s.actor.copy}</button>
                    {me && !mine && owner
                        && <>
                            <button type="button" onClick={() => void muteAccount(owner)}><Icon name="mute" />{s.mute.account}</button>
                            {isRemote(owner)
                                && <button type="button" onClick={() => void muteServer(owner.host)}><Icon name="globe" />{s.mute.server(owner.host)}</button>}
                            <button type="button" onClick={() => setReporting(true)}><Icon name="flag" />{s.report.action}</button>
                        </>}
                </Menu>
            </div>
            {reporting && owner
                && <ReportDialog target={{ account: { id: owner.id } }} name={owner.displayName}
                    host={isRemote(owner) ? owner.host : null} onClose={() => setReporting(false)} />}
        </div>
    )
}

/** The channels of an account: what one can subscribe to. */
function Channels({ account }: { account: Actor }) {
    const [list, setList] = useState<Actor[]>([])
    useEffect(() => {
        api.accountChannels(localHandle(account)).then(page => setList(page.data), () => undefined)
    }, [account.id])
    if (list.length === 0)
        return null
    return (
        <section aria-labelledby="channels">
            <h2 id="channels" class="section-title">{s.actor.channels}</h2>
            <ul class="actor-cards">{list.map(c => <ActorCard key={c.id} actor={c} />)}</ul>
        </section>
    )
}
