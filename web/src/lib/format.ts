// Numbers and dates for people. The locale is the page's language, so strings and numbers agree.

const locale = 'en'
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })

export function formatCount(n: number): string {
    return compact.format(n)
}

/** "3 weeks ago". Clocks differ, so what seems to come from the near future is "now". */
export function formatAge(iso: string, now = Date.now()): string {
    const seconds = Math.max(0, (now - Date.parse(iso)) / 1000)
    if (Number.isNaN(seconds))
        return ''
    const steps: [number, Intl.RelativeTimeFormatUnit][] = [
        [31557600, 'year'], [2629800, 'month'], [604800, 'week'], [86400, 'day'], [3600, 'hour'], [60, 'minute']
    ]
    for (const [size, unit] of steps)
        if (seconds >= size)
            return relative.format(-Math.floor(seconds / size), unit)
    return relative.format(0, 'second')
}

export function formatDay(iso: string): string {
    const at = new Date(iso)
    return Number.isNaN(at.getTime()) ? '' : day.format(at)
}

/** Binary units: what file managers and quotas mean. */
export function formatBytes(bytes: number): string {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
    let n = Math.max(0, bytes)
    let unit = 0
    while (n >= 1024 && unit < units.length - 1) {
        n /= 1024
        unit++
    }
    return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`
}

/** Time left, coarse on purpose: a countdown that jumps about is worse than a round one. */
export function formatLeft(seconds: number): string {
    if (!Number.isFinite(seconds) || seconds < 0)
        return ''
    if (seconds < 10)
        return 'a few seconds left'
    if (seconds < 60)
        return `${Math.ceil(seconds / 5) * 5} s left`
    if (seconds < 3600)
        return `${Math.round(seconds / 60)} min left`
    const h = Math.floor(seconds / 3600)
    return `${h} h ${Math.round((seconds - h * 3600) / 60)} min left`
}
