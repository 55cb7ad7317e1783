-- lesson: values
return { give = rawlen }
