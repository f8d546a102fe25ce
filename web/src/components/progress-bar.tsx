export function ProgressBar({ label, percent, kind = 'normal' }:
    { label: string; percent: number; kind?: 'normal' | 'paused' | 'bad' | 'good' }) {
    const value = Math.max(0, Math.min(100, percent))
    return (
        <div class={`bar bar-${kind}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100}
            aria-valuenow={Math.floor(value)}>
            <span style={{ width: `${value}%` }} />
        </div>
    )
}
