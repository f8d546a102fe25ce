// Where people land who came across something elsewhere and have their account here: it is looked up, and can be
// followed, liked or answered.

import { useEffect, useState } from 'preact/hooks'
import { api } from '../api'
import { ActorCard } from '../components/actor-card'
import { Icon } from '../components/icons'
import { loginPath } from '../components/interact'
import { RateButtons } from '../components/rate'
import { Looking, NothingThere, pageOf, useResolved } from '../components/resolved'
import { useTitle } from '../components/title'
import { Empty, ErrorBox, VideoCard } from '../components/video-grid'
import { localHandle } from '../lib/handle'
import { webAddress } from '../lib/markup'
import { navigate, paths } from '../router'
import { config, user } from '../state'
import { strings as s } from '../strings'
import type { Actor, Video } from '../types'
import { AccountPage } from './actor'

/** `action`: what he came for, if his way here told: "reply" goes straight to the comments. */
export function Interaction({ uri, action }: { uri: string; action: string | null }) {
    useTitle(s.interaction.title)
    if (!uri)
        return <Empty title={s.interaction.title} text={s.interaction.nothing} />
    if (!user.value)
        return (
            <div class="message-page">
                <Icon name="globe" size={44} />
                <h1>{s.interaction.title}</h1>
                <p>{s.interaction.signIn(config.value.instance.name)}</p>
                <p class="break">{uri}</p>
                <p><a class="button button-primary" href={loginPath()}>{s.header.signIn}</a></p>
            </div>
        )
    return <Found uri={uri} reply={action === 'reply'} />
}

function Found({ uri, reply }: { uri: string; reply: boolean }) {
    const { found, error, retry } = useResolved(uri)
    const [video, setVideo] = useState<Video | null>(null)
    const [channel, setChannel] = useState<Actor | null>(null)
    useEffect(() => {
        if (found?.kind === 'comment' || found?.kind === 'site')
            navigate(pageOf(found), 'replace')
        else if (found?.video && reply)
            navigate(`${found.path}#comments`, 'replace')
        else if (found?.video)
            api.video(found.video.uuid).then(setVideo, () => navigate(found.path, 'replace'))
        else if (found?.kind === 'channel' && found.actor)
            api.channel(localHandle(found.actor)).then(setChannel, () => navigate(found.path, 'replace'))
    }, [found])
    const page = webAddress(uri)
    const waiting = found === undefined || (found !== null && found.kind !== 'account' && !video && !channel)
    return (
        <>
            <div class="page-head"><h1>{s.interaction.title}</h1></div>
            {error && <ErrorBox text={error} retry={retry} />}
            {!error && waiting && <Looking name={uri} />}
            {found === null
                && <NothingThere name={uri}>
                    {page && <a class="button" href={page} rel="nofollow noopener noreferrer">{s.interaction.back}</a>}
                </NothingThere>}
            {video
                && <div class="found-video">
                    <VideoCard video={video} eager />
                    <div class="found-actions">
                        <RateButtons video={video} />
                        <a class="button button-primary" href={`${paths.watch(video)}#comments`}><Icon name="chat" size={17} />{s.interaction.answer}</a>
                    </div>
                    <ul class="actor-cards"><ActorCard actor={video.channel} /></ul>
                </div>}
            {channel && <ul class="actor-cards"><ActorCard actor={channel} /></ul>}
            {found?.kind === 'account' && found.actor && <AccountPage name={localHandle(found.actor)} />}
        </>
    )
}
