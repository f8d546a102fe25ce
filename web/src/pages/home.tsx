import { useState } from 'preact/hooks'
import { api } from '../api'
import { usePaged } from '../components/paged'
import { HomeTabs } from '../components/tabs'
import { useTitle } from '../components/title'
import { Empty, VideoGrid } from '../components/video-grid'
import { navigate, place } from '../router'
import { takeBoot } from '../state'
import { strings as s } from '../strings'

/** Videos of this site (?isLocal=true), those it knows from others (false), or both. */
export function Home() {
    const { search } = place.value
    const asked = search.get('sort') ?? ''
    const sort = asked in s.home.sorts ? asked : '-publishedAt'
    const whose = search.get('isLocal') ?? undefined
    const isLocal = whose === undefined ? undefined : whose === 'true'
    useTitle(isLocal === false ? s.home.network : '')
    const [first] = useState(() => takeBoot('videos')) // the server reads the same query
    const paged = usePaged((start, count, signal) => api.videos({ start, count, sort, isLocal }, signal), [sort, isLocal], first)
    const go = (key: string) => {
        const query = new URLSearchParams({ ...key !== '-publishedAt' && { sort: key }, ...whose !== undefined && { isLocal: whose } })
        navigate(query.size > 0 ? `/?${query}` : '/')
    }
    return (
        <>
            <h1 class="visually-hidden">{s.home.heading(s.home.sorts[sort] ?? '', isLocal)}</h1>
            <div class="page-head">
                <HomeTabs />
                <div class="segmented" role="group" aria-label={s.home.sortLabel}>
                    {Object.entries(s.home.sorts).map(([key, label]) =>
                        <button key={key} type="button" aria-pressed={key === sort} onClick={() => go(key)}>{label}</button>)}
                </div>
            </div>
            <VideoGrid paged={paged} empty={isLocal !== false
                ? <Empty title={s.home.empty} text={s.home.emptyText}>
                    <a class="button button-primary" href="/upload">{s.home.emptyAction}</a>
                </Empty>
                : <Empty title={s.home.emptyNetwork} text={s.home.emptyNetworkText} />} />
        </>
    )
}
