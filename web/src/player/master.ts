// Master playlists as text.

/** The master without the variants whose short side is not usable; all of them when none is. */
export function withoutRungs(master: string, usable: (rung: number) => boolean): string {
    const lines = master.split('\n')
    const kept: string[] = []
    let variants = 0
    for (let i = 0; i < lines.length; i++) {
        const line = lines[i] ?? ''
        const size = line.startsWith('#EXT-X-STREAM-INF:') ? /[:,]RESOLUTION=(\d+)x(\d+)/.exec(line) : null
        if (size && !usable(Math.min(Number(size[1]), Number(size[2])))) {
            do
                i++
            while (i < lines.length && (lines[i] ?? '').startsWith('#')) // its address is the next line that is no tag
            continue
        }
        if (line.startsWith('#EXT-X-STREAM-INF:'))
            variants++
        kept.push(line)
    }
    return variants > 0 ? kept.join('\n') : master
}
