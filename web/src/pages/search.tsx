import { api } from '../api'
import { useTitle } from '../components/title'
import { Empty, usePaged, VideoGrid } from '../components/video-grid'
import { place } from '../router'
import { strings as s } from '../strings'

export function Search() {
    const words = (place.value.search.get('search') ?? '').trim()
    useTitle(s.search.title(words))
    return words
        ? <Results key={words} words={words} />
        : <><h1 class="visually-hidden">{s.search.title('')}</h1><Empty title={s.search.ask} /></>
}

function Results({ words }: { words: string }) {
    const paged = usePaged((start, count, signal) => api.searchVideos({ start, count, search: words }, signal), [words])
    return (
        <>
            <div class="page-head">
                <h1>{s.search.title(words)}</h1>
                <p class="quiet" role="status">{paged.list ? s.search.count(paged.list.total) : ''}</p>
            </div>
            <VideoGrid paged={paged} empty={<Empty title={s.search.none} text={s.search.noneText} />} />
        </>
    )
}
