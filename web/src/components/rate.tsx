// Like and dislike of a video, with their counts.

import { useEffect, useState } from 'preact/hooks'
import { api, messageOf } from '../api'
import { formatCount } from '../lib/format'
import { toast, user } from '../state'
import { strings as s } from '../strings'
import type { Rating, Video } from '../types'
import { Icon } from './icons'
import { InteractDialog } from './interact'

export function RateButtons({ video }: { video: Video }) {
    const [mine, setMine] = useState<Rating>('none')
    // what the counts would be without this person's own rating
    const [others, setOthers] = useState({ like: video.likes ?? 0, dislike: video.dislikes ?? 0 })
    const [asking, setAsking] = useState(false)
    const me = user.value

    useEffect(() => {
        if (!me)
            return
        let gone = false
        api.rating(video.uuid).then(({ rating }) => {
            if (gone || rating === 'none')
                return
            setMine(rating)
            setOthers(o => ({ ...o, [rating]: Math.max(0, o[rating] - 1) }))
        }, () => undefined)
        return () => { gone = true }
    }, [video.uuid, me?.id])

    const rate = async (value: 'like' | 'dislike') => {
        if (!me) {
            setAsking(true)
            return
        }
        const before = mine
        const next = mine === value ? 'none' : value
        setMine(next) // at once; taken back when refused
        try {
            await api.rate(video.uuid, next)
        } catch (e) {
            setMine(before)
            toast(messageOf(e), 'error')
        }
    }
    const button = (value: 'like' | 'dislike') => {
        const count = others[value] + (mine === value ? 1 : 0)
        return (
            <button type="button" aria-pressed={me ? mine === value : undefined} title={s.rate[value]} onClick={() => void rate(value)}>
                <Icon name={value} size={18} /><span class="visually-hidden">{s.rate[value]}</span>
                {count > 0 && <span>{formatCount(count)}</span>}
            </button>
        )
    }
    return (
        <>
            <div class="rate" role="group" aria-label={s.rate.title}>{button('like')}{button('dislike')}</div>
            {asking && <InteractDialog intent="like" name={video.name} uri={video.url ?? window.location.href} onClose={() => setAsking(false)} />}
        </>
    )
}
