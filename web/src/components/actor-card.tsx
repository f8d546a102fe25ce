import { formatCount } from '../lib/format'
import { fullHandle, localHandle } from '../lib/handle'
import { paths } from '../router'
import { strings as s } from '../strings'
import type { Actor } from '../types'
import { Avatar } from './avatar'
import { FollowButton } from './follow'

/** A channel or account in a list, with the button to follow it. */
export function ActorCard({ actor, kind = 'channel', subscribed }: { actor: Actor; kind?: 'channel' | 'account'; subscribed?: boolean }) {
    return (
        <li class="actor-card">
            <a class="actor-card-link" href={paths[kind](localHandle(actor))}>
                <Avatar actor={actor} size={56} />
                <span>
                    <strong>{actor.displayName}</strong>
                    <span class="quiet cut">@{fullHandle(actor)}</span>
                    {actor.followersCount !== undefined
                        && <span class="quiet">{s.actor.followers(formatCount(actor.followersCount), actor.followersCount)}</span>}
                </span>
            </a>
            <FollowButton actor={actor} small {...subscribed !== undefined && { known: subscribed }} />
        </li>
    )
}
