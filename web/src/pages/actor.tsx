// Pages of a channel and of an account: the same, but for whose videos they list.

import { useEffect, useState } from 'preact/hooks'
import { api, ApiError, messageOf } from '../api'
import { Avatar } from '../components/avatar'
import { Description } from '../components/description'
import { useTitle } from '../components/title'
import { Empty, ErrorBox, usePaged, VideoGrid } from '../components/video-grid'
import { formatCount, formatDay } from '../lib/format'
import { paths } from '../router'
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
        load(name).then(setActor, setError)
    }, [name, kind])
    useTitle(actor?.displayName ?? null)
    const list = kind === 'channel' ? api.channelVideos : api.accountVideos
    const paged = usePaged((start, count, signal) =>
        list(name, { start, count, sort: '-publishedAt' }, signal), [name, kind])

    if (error instanceof ApiError && error.status === 404)
        return <NotFound text={s.actor.notFound} />
    if (error)
        return <ErrorBox text={messageOf(error)} />
    return (
        <>
            <div class="actor-head">
                {actor
                    ? <>
                        <Avatar actor={actor} size={84} />
                        <div>
                            <h1>{actor.displayName}</h1>
                            <p class="quiet">
                                <span>@{actor.name}@{actor.host}</span>
                                {actor.followersCount !== undefined
                                    && <span>{s.actor.followers(formatCount(actor.followersCount), actor.followersCount)}</span>}
                                {actor.createdAt && <span>{s.actor.joined(formatDay(actor.createdAt))}</span>}
                            </p>
                            {kind === 'channel' && actor.ownerAccount
                                && <p class="quiet">{s.actor.owner}{' '}
                                    <a href={paths.account(actor.ownerAccount.name)}>{actor.ownerAccount.displayName}</a></p>}
                        </div>
                    </>
                    : <h1>{s.loading}</h1>}
            </div>
            {actor?.description && <div class="actor-about"><Description text={actor.description} /></div>}
            <h2 class="section-title">{s.actor.videos}</h2>
            <VideoGrid paged={paged} showChannel={kind === 'account'} empty={<Empty title={s.actor.none} />} />
        </>
    )
}
