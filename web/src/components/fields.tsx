// Form fields with their label, help and error tied together for screen readers.

import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { strings as s } from '../strings'

interface Common { label: string; help?: string | undefined; error?: string | null | undefined; optional?: boolean }

export function Field({ label, help, error, optional, children }:
    Common & { children: (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => ComponentChildren }) {
    const id = useId()
    const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
    return (
        <div class={error ? 'field field-wrong' : 'field'}>
            <label for={id}>{label}{optional && <span class="quiet"> ({s.optional})</span>}</label>
            {children({ id, describedBy: described, invalid: !!error })}
            {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
            {help && <p class="field-help" id={`${id}-help`}>{help}</p>}
        </div>
    )
}

interface InputProps extends Common {
    name?: string
    type?: 'text' | 'email' | 'date'
    value?: string
    onValue?: (value: string) => void
    required?: boolean
    minLength?: number
    maxLength?: number
    autocomplete?: string
    autocapitalize?: string
    spellcheck?: boolean
    autofocus?: boolean
    placeholder?: string
}

/** `type` is widened: the JSX types want a literal for each element. */
const attributes = (input: object) => input as { type?: 'text' }

export function TextField({ label, help, error, optional = false, onValue, ...input }: InputProps) {
    return (
        <Field label={label} help={help} error={error} optional={optional}>
            {({ id, describedBy, invalid }) =>
                <input {...attributes(input)} id={id} aria-describedby={describedBy} aria-invalid={invalid || undefined}
                    onInput={e => onValue?.(e.currentTarget.value)} />}
        </Field>
    )
}

export function PasswordField({ label, help, error, onValue, ...input }: InputProps) {
    const [shown, setShown] = useState(false)
    return (
        <Field label={label} help={help} error={error}>
            {({ id, describedBy, invalid }) =>
                <span class="password">
                    <input {...attributes({ ...input, type: shown ? 'text' : 'password' })} id={id} aria-describedby={describedBy}
                        aria-invalid={invalid || undefined} onInput={e => onValue?.(e.currentTarget.value)} />
                    <button type="button" class="password-show" aria-pressed={shown} onClick={() => setShown(!shown)}>
                        {shown ? s.login.hide : s.login.show}
                    </button>
                </span>}
        </Field>
    )
}

export function TextArea({ label, help, error, optional = false, onValue, value, rows = 5, maxLength }:
    Common & { onValue: (value: string) => void; value: string; rows?: number; maxLength?: number }) {
    return (
        <Field label={label} help={help} error={error} optional={optional}>
            {({ id, describedBy }) =>
                <textarea id={id} rows={rows} maxLength={maxLength} aria-describedby={describedBy} value={value}
                    onInput={e => onValue(e.currentTarget.value)} />}
        </Field>
    )
}

export function Select({ label, help, value, options, onValue }:
    Common & { value: string; options: { id: string; label: string }[]; onValue: (value: string) => void }) {
    return (
        <Field label={label} help={help}>
            {({ id, describedBy }) =>
                <select id={id} aria-describedby={describedBy} value={value} onChange={e => onValue(e.currentTarget.value)}>
                    {options.map(o => <option key={o.id} value={o.id} selected={o.id === value}>{o.label}</option>)}
                </select>}
        </Field>
    )
}

export function Check({ label, help, checked, onValue }:
    { label: string; help?: string; checked: boolean; onValue: (value: boolean) => void }) {
    const id = useId()
    return (
        <div class="field field-check">
            <input type="checkbox" id={id} checked={checked} aria-describedby={help ? `${id}-help` : undefined}
                onChange={e => onValue(e.currentTarget.checked)} />
            <label for={id}>{label}</label>
            {help && <p class="field-help" id={`${id}-help`}>{help}</p>}
        </div>
    )
}
