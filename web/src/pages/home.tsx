import { api } from '../api'
import { Empty, usePaged, VideoGrid } from '../components/video-grid'
import { useTitle } from '../components/title'
import { navigate, place } from '../router'
import { takeBoot } from '../state'
import { strings as s } from '../strings'
import { useState } from 'preact/hooks'

export function Home() {
    useTitle('')
    const asked = place.value.search.get('sort') ?? ''
    const sort = asked in s.home.sorts ? asked : '-publishedAt'
    const [first] = useState(() => sort === '-publishedAt' ? takeBoot('videos') : undefined)
    const paged = usePaged((start, count, signal) => api.videos({ start, count, sort }, signal), [sort], first)
    return (
        <>
            <div class="page-head">
                <h1>{s.home.sorts[sort]} videos</h1>
                <div class="segmented" role="group" aria-label={s.home.sortLabel}>
                    {Object.entries(s.home.sorts).map(([key, label]) =>
                        <button key={key} type="button" aria-pressed={key === sort}
                            onClick={() => navigate(key === '-publishedAt' ? '/' : `/?sort=${key}`)}>{label}</button>)}
                </div>
            </div>
            <VideoGrid paged={paged} empty={
                <Empty title={s.home.empty} text={s.home.emptyText}>
                    <a class="button button-primary" href="/upload">{s.home.emptyAction}</a>
                </Empty>} />
        </>
    )
}
