import type { Actor } from '../types'

/** The wide picture above a channel's page; nothing when it has none. */
export function Banner({ actor }: { actor: Actor }) {
    const images = actor.banners ?? []
    const sources = images.filter(i => i.path ?? i.fileUrl)
    const largest = sources.at(-1)
    if (!largest)
        return null
    return (
        <img class="banner" src={largest.path ?? largest.fileUrl} alt="" width={largest.width} height={largest.height}
            srcset={sources.map(i => `${i.path ?? i.fileUrl} ${i.width}w`).join(', ')} sizes="(max-width: 700px) 100vw, 1200px" />
    )
}
