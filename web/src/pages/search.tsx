// Looking for videos and channels: by words here, by a handle or an address anywhere.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { ActorCard } from '../components/actor-card'
import { usePaged } from '../components/paged'
import { Looking, NothingThere, pageOf, useResolved } from '../components/resolved'
import { useTitle } from '../components/title'
import { Empty, ErrorBox, VideoGrid } from '../components/video-grid'
import { isAddress } from '../lib/handle'
import { navigate, place } from '../router'
import { strings as s } from '../strings'
import type { Actor } from '../types'

export function Search() {
    const words = (place.value.search.get('search') ?? '').trim()
    useTitle(s.search.title(words))
    if (!words)
        return <><h1 class="visually-hidden">{s.search.title('')}</h1><Empty title={s.search.ask} text={s.search.askText} /></>
    return isAddress(words) ? <Named key={words} name={words} /> : <Results key={words} words={words} />
}

/** Something somewhere, named exactly: its page here, or why there is none. */
function Named({ name }: { name: string }) {
    const { found, error, retry } = useResolved(name)
    useEffect(() => {
        if (found)
            navigate(pageOf(found), 'replace')
    }, [found])
    return (
        <>
            <div class="page-head"><h1 class="cut">{s.search.title(name)}</h1></div>
            {error ? <ErrorBox text={error} retry={retry} />
                : found === null ? <NothingThere name={name} />
                    : <Looking name={name} />}
        </>
    )
}

function Results({ words }: { words: string }) {
    const [channels, setChannels] = useState<Actor[] | null>(null)
    const [error, setError] = useState<string | null>(null)
    const [attempt, setAttempt] = useState(0)
    const paged = usePaged((start, count, signal) => api.searchVideos({ start, count, search: words }, signal), [words, attempt])
    useEffect(() => {
        const control = new AbortController()
        setError(null)
        setChannels(null)
        api.searchChannels({ start: 0, count: 6, search: words }, control.signal)
            .then(page => setChannels(page.data), e => { if (!control.signal.aborted) setError(messageOf(e)) })
        return () => control.abort()
    }, [words, attempt])

    const looking = (channels === null && !error) || (!paged.list && !paged.error)
    const found = (channels?.length ?? 0) + (paged.list?.total ?? 0)
    const failed = error ?? paged.error
    return (
        <>
            <div class="page-head">
                <h1 class="cut">{s.search.title(words)}</h1>
                <p class="quiet" role="status">{looking ? s.search.looking : failed ? '' : s.search.count(found)}</p>
            </div>
            {failed && <ErrorBox text={failed} retry={() => setAttempt(attempt + 1)} />}
            {channels && channels.length > 0
                && <section aria-labelledby="found-channels">
                    <h2 id="found-channels" class="section-title">{s.search.channels}</h2>
                    <ul class="actor-cards">{channels.map(c => <ActorCard key={c.id} actor={c} />)}</ul>
                </section>}
            {!failed && (looking || found > 0)
                && <>
                    {channels && channels.length > 0 && (paged.list?.total ?? 0) > 0 && <h2 class="section-title">{s.actor.videos}</h2>}
                    <VideoGrid paged={paged} empty={null} />
                </>}
            {!looking && !failed && found === 0 && <Empty title={s.search.none} text={s.search.noneText} />}
        </>
    )
}
