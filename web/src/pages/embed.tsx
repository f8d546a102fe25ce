// The player alone, for frames on other sites.

import { useEffect, useRef, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { useTitle } from '../components/title'
import { followProgress } from '../lib/progress'
import { formatDuration, parseTime } from '../lib/time'
import { paths, place } from '../router'
import { read, takeBoot, write } from '../state'
import { strings as s } from '../strings'
import type { Player } from '../player/player'
import { State, type VideoDetails } from '../types'
import { countView, posterOf } from './watch'

export function Embed({ id }: { id: string }) {
    const host = useRef<HTMLDivElement>(null)
    const [video, setVideo] = useState<VideoDetails | null>(() => takeBoot('video') ?? null)
    const [error, setError] = useState<string | null>(null)
    useTitle(video?.name ?? null)
    const playable = video !== null && (video.streamingPlaylists.length > 0 || video.files.length > 0)

    useEffect(() => {
        if (!video)
            api.video(id).then(setVideo, e => setError(messageOf(e)))
    }, [id])
    useEffect(() => {
        if (!video || playable || video.isLocal === false || video.state?.id === State.failed)
            return
        return followProgress(video.uuid, p => {
            if (p.playable)
                api.video(video.uuid).then(setVideo, () => undefined)
        })
    }, [video?.uuid, playable])
    useEffect(() => {
        if (!video || !playable)
            return
        let gone = false
        let player: Player | null = null
        let stop: (() => void) | undefined
        const q = place.value.search
        const on = (key: string) => q.get(key) === '1' || q.get(key) === 'true'
        import('../player/player').then(async ({ createPlayer }) => {
            if (gone || !host.current)
                return
            player = createPlayer(host.current, {
                video, poster: posterOf(video), progress: null, text: s.player, formatTime: formatDuration, read, write,
                start: parseTime(q.get('start') ?? '') ?? 0, autoplay: on('autoplay'), ...q.has('muted') && { muted: on('muted') }, loop: on('loop'),
                ...q.get('title') !== '0' && { title: { text: video.name, href: paths.watch(video) } }
            })
            stop = countView(video, player.media)
            const [captions, chapters, boards] = await Promise.all([
                api.captions(video.uuid).catch(() => null), api.chapters(video.uuid).catch(() => null),
                api.storyboards(video.uuid).catch(() => null)])
            if (!gone)
                player.addTracks(captions?.data ?? [], chapters?.chapters ?? [], boards?.storyboards ?? [])
        }).catch(e => { if (!gone) setError(messageOf(e)) })
        return () => {
            gone = true
            stop?.()
            player?.destroy()
        }
    }, [video?.uuid, playable])

    return (
        <div class="player-host" ref={host}>
            {error ? <div class="player-note" role="alert"><p>{error}</p></div>
                : video && !playable && <div class="player-note"><p><strong>
                    {video.state?.id === State.failed ? s.watch.failed : s.watch.preparing}</strong></p></div>}
        </div>
    )
}
