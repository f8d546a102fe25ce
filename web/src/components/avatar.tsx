import type { Actor } from '../types'

/** The picture of an account or channel, else its initial on a colour made from its name. */
export function Avatar({ actor, size }: { actor: Actor; size: number }) {
    const images = actor.avatars ?? []
    const image = images.find(i => i.width >= size * 1.5) ?? images.at(-1)
    const source = image?.path ?? image?.fileUrl
    if (source)
        return <img class="avatar" src={source} width={size} height={size} alt="" loading="lazy" />
    let hue = 0
    for (const c of actor.name)
        hue = (hue * 31 + (c.codePointAt(0) ?? 0)) % 360
    const initial = [...(actor.displayName || actor.name)][0]?.toUpperCase() ?? '?'
    return (
        <span class="avatar avatar-initial" aria-hidden="true"
            style={{ width: `${size}px`, height: `${size}px`, fontSize: `${size * 0.44}px`, '--hue': String(hue) }}>{initial}</span>
    )
}
