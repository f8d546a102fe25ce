import { useTitle } from '../components/title'
import { strings as s } from '../strings'

export function NotFound({ text = s.notFound.text }: { text?: string }) {
    useTitle(s.notFound.title)
    return (
        <div class="message-page">
            <p class="message-code" aria-hidden="true">404</p>
            <h1>{s.notFound.title}</h1>
            <p>{text}</p>
            <p><a class="button button-primary" href="/">{s.notFound.home}</a></p>
        </div>
    )
}
