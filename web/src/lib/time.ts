// Times as people write and read them.

/** "90", "1m30s", "1h2m", "1:30", "1:02:03" -> seconds; null when it is none of these. */
export function parseTime(text: string): number | null {
    const t = text.trim().toLowerCase()
    if (/^\d+(\.\d+)?$/.test(t))
        return Number(t)
    const colons = /^(?:(\d+):)?(\d{1,2}):(\d{2})$/.exec(t)
    if (colons) {
        const [, h, m, s] = colons
        return Number(h ?? 0) * 3600 + Number(m) * 60 + Number(s)
    }
    const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(t)
    if (!units || t === '')
        return null
    const [, h, m, s] = units
    return Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + Number(s ?? 0)
}

/** 75 -> "1:15", 3675 -> "1:01:15" */
export function formatDuration(seconds: number): string {
    const total = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0))
    const h = Math.floor(total / 3600)
    const m = Math.floor(total / 60) % 60
    const s = total % 60
    const two = (n: number) => String(n).padStart(2, '0')
    return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** For screen readers: 75 -> "1 minute 15 seconds" */
export function spokenDuration(seconds: number): string {
    const total = Math.max(0, Math.round(seconds))
    const parts: [number, string][] =
        [[Math.floor(total / 3600), 'hour'], [Math.floor(total / 60) % 60, 'minute'], [total % 60, 'second']]
    const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`)
    return said.join(' ') || '0 seconds'
}
